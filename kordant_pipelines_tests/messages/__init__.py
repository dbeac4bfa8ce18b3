"""What customers receive, rendered."""
