"""NYC ACRIS, as its clients see it."""
