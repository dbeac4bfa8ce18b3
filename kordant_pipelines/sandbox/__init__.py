"""A loopback server that speaks the providers' real formats over a small seeded world."""
