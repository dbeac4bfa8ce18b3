"""Rendering compiled reports: words, structure, bytes, and what cannot get in."""
