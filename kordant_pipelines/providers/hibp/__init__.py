"""Have I Been Pwned, API v3: e-mail addresses in breaches and pastes, and the breach catalogue."""
