"""VoicePrint: enrol protected voices, and compare recordings with them."""
