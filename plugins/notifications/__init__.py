"""First-party notification plugins."""
