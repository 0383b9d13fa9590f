"""The wheel holds all that the demo needs: built, installed in an empty environment, and run outside of the checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
TREES = ["finopsnb", "plugins", "data/sample"]
INSTALLED = {"finopsnb": "finopsnb", "plugins": "finopsnb_plugins", "data/sample": "finopsnb_sample"}

pytestmark = pytest.mark.slow


def run(*command: object, cwd: Path, **environ: str) -> str:
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd, env={**kept, **environ}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout, so that no build folder is left in it."""
    copy = tmp_path_factory.mktemp("source")
    for tree in TREES:
        shutil.copytree(ROOT / tree, copy / tree, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, copy / file)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", copy / "dist", copy, cwd=copy)
    (built,) = (copy / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def demo(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder in which the installed ``finopsnb demo`` ran, and what it printed."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "env", with_pip=False, symlinks=True)
    python = folder / "env" / "bin" / "python"
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # the dependencies are those of this environment, behind the wheel and without its own editable finopsnb
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    printed = run(python, "-P", "-m", "finopsnb.cli", "demo", cwd=folder)
    where = run(python, "-P", "-c", "import finopsnb, finopsnb_plugins; print(finopsnb.__file__)", cwd=folder)
    assert str(site) in where
    return folder, printed


def test_the_wheel_holds_every_file_of_the_library_the_plugins_and_the_sample(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for tree, package in INSTALLED.items():
        files = [file.relative_to(ROOT / tree) for file in (ROOT / tree).rglob("*") if file.is_file()]
        wanted = {f"{package}/{file.as_posix()}" for file in files if "__pycache__" not in file.parts}
        assert wanted - packed == set()


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(INSTALLED.values())


def test_the_demo_runs_outside_of_the_checkout_and_writes_its_report(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    (report,) = (folder / "demo").glob("*.html")
    text = report.read_text()
    assert "cost" in text.lower()
    assert re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", text) == [], "the report reaches outside"


def test_the_sums_that_the_demo_stored_are_the_planted_ones(demo: tuple[Path, str]) -> None:
    import duckdb

    folder, printed = demo
    facts: dict[str, Any] = json.loads((ROOT / "data" / "sample" / "facts.json").read_text())
    (file,) = (folder / "demo").glob("*.duckdb")
    with duckdb.connect(str(file), read_only=True) as connection:
        rows = connection.sql("select ProviderName, sum(BilledCost), count(*) from costs group by all").fetchall()
    found = {provider: (billed.normalize(), count) for provider, billed, count in rows}
    for provider, totals in facts["totals"].items():
        assert found[provider] == (Decimal(totals["all"]["BilledCost"]).normalize(), totals["all"]["rows"])
        assert f"{Decimal(totals['all']['BilledCost']):,.2f}" in printed
