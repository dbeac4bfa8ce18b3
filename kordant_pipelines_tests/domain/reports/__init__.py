"""The rules of reports."""
