"""E-mail by Resend."""
