"""What the customers received, as a page for people."""
