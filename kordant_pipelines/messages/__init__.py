"""What customers receive, rendered: e-mails, text messages, push messages, in their language."""
