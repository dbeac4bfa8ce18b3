"""The `kordant` command: one module a command, and what they share."""
