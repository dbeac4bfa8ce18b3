"""LeakCheck, API v2: phones, usernames and (hashed) e-mail addresses in leaked data."""
