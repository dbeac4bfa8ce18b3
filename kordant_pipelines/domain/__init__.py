"""The rules, pure: no I/O, no clock, no Dagster. What is owed, what it means, what to say of it."""
