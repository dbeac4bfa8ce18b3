"""Keys, ciphers and indexes: what opens, what never does, and what is never shown."""
