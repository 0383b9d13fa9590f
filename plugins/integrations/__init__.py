"""Plugins that sync with other tools."""
