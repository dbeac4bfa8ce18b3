"""Measurements, each with one command; see the README."""
