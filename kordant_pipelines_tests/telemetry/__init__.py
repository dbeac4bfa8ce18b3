"""Log lines and traces."""
