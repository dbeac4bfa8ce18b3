"""Pwned Passwords, as its clients see it."""
