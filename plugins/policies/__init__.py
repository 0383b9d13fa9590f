"""Policy plugins: what is allowed, and what breaks it."""
