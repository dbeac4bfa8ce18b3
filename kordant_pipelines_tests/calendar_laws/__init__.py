"""What must hold of the calendar whatever happens, in whatever order."""
