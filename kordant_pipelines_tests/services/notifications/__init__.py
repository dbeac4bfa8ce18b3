"""Sending what is owed, on real servers and the sandbox."""
