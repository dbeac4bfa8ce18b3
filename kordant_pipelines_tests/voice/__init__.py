"""VoicePrint, from bytes to alerts."""
