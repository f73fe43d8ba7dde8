"""What must not be seen: consent, detection, redaction, allow-lists, gates. Pure."""
