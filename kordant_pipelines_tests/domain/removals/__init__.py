"""Tests of the removal rules."""
