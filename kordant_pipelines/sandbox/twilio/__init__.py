"""Twilio's messages, as its clients see them."""
