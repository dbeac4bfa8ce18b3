"""LeakCheck v2, as its clients see it."""
