"""The system as a user starts it: the `kordant` and `dagster` commands, as processes."""
