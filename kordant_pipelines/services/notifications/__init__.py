"""Telling customers: what goes now, rendering and sending it once, what became of it."""
