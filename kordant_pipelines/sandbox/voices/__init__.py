"""Invented people's voices: recordings for the demo and the tests, made by rule."""
