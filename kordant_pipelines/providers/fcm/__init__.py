"""Push messages by Firebase Cloud Messaging, HTTP v1."""
