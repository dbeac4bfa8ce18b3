"""The tests: a folder a layer, and `end_to_end` for the whole system as a user starts it."""
