"""What operators are told, and what totals hold."""
