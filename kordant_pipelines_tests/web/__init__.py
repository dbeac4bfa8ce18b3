"""What is served to the outside."""
