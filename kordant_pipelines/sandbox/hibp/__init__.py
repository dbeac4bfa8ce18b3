"""Have I Been Pwned v3, as its clients see it."""
