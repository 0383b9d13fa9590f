"""Dashboards: what is stored, drawn."""
