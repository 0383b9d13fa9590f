"""Recommendation plugins: what is out of the ordinary, and what to do about it."""
