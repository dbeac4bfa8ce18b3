"""`kordant jobs`: jobs by hand, their status, and those that failed for good."""
