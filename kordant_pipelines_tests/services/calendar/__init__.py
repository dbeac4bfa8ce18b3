"""Tests of the calendar on a real Postgres."""
