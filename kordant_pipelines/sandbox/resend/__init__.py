"""Resend, as its clients see it."""
