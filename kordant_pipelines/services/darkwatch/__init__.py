"""DarkWatch: look for customers' identifiers in known breaches, and tell them what was found."""
