"""The packages that lie in folders of another name; everything else about the distribution is in pyproject.toml."""

from setuptools import find_packages, setup

library = find_packages(include=["finopsnb", "finopsnb.*"])
plugins = ["finopsnb_plugins", *(f"finopsnb_plugins.{name}" for name in find_packages("plugins"))]

setup(packages=[*library, *plugins, "finopsnb_sample"])
