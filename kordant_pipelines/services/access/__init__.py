"""Who may use the web server: tokens, browser sessions, rate-limited sign-in, the audit log."""
