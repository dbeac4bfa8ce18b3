"""Letters to brokers by SMTP, and their answers by IMAP."""
