"""VoicePrint's rules: what can be listened to, what a score means, what is told of it."""
