"""A mail server on loopback: SMTP that brokers are written through, IMAP that they answer into."""
