"""Plugins that collect cost and usage."""
