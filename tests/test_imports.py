"""``import finopsnb`` is quick: nothing heavy comes with it."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys

import pytest

HEAVY = (
    "pandas", "polars", "pyarrow", "altair", "ipywidgets", "IPython", "ibis", "duckdb", "pydantic", "numpy",
    "tqdm", "stamina", "tenacity", "cachetools", "packaging", "vl_convert", "sqlglot", "keyring", "asyncio",
)  # fmt: skip
STANDARD = "import dataclasses, typing, json, logging, importlib.metadata"


def fresh(code: str) -> str:
    """What ``code`` prints in a fresh interpreter, without a coverage tracer in it."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("COVERAGE_", "COV_"))}
    run = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True, timeout=60)
    return run.stdout.strip()


@pytest.mark.parametrize("module", ["finopsnb", "finopsnb.plugins", "finopsnb.errors"])
def test_importing_pulls_in_nothing_heavy(module: str) -> None:
    loaded = fresh(f"import sys, {module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))")
    assert loaded == ""


def test_the_public_names_are_visible_without_being_imported() -> None:
    assert fresh("import sys, finopsnb; dir(finopsnb); print('finopsnb.session' in sys.modules)") == "False"


@pytest.mark.timing
def test_importing_the_framework_takes_at_most_three_times_the_standard_library_that_it_uses() -> None:
    def seconds(statement: str) -> float:
        code = f"import time; start = time.perf_counter(); {statement}; print(time.perf_counter() - start)"
        return float(fresh(code))

    rounds = [(seconds("import finopsnb.plugins"), seconds(STANDARD)) for _ in range(9)]
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    assert ours <= 3 * theirs, f"finopsnb.plugins {ours * 1000:.1f} ms, the standard library {theirs * 1000:.1f} ms"
