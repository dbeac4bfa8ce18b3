"""A mail server."""
