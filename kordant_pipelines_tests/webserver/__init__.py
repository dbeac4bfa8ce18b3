"""The web server over real HTTP: who gets in, and what the admin's API does."""
