"""Log lines and traces, and files for whoever watches from outside: a dashboard, alert rules."""
