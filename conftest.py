"""For every test run: notebooks are run strictly, and what is not ours to collect is left alone."""

pytest_plugins = ["tests.strict_notebooks"]

collect_ignore = ["setup.py"]
