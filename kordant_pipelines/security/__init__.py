"""Personal data at rest: the keyring, encryption under a key per user, and blind indexes."""
