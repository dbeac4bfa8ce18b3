"""One module a job: its op, and the job whose docstring an operator reads in the UI."""
