"""An inbox by IMAP."""
