"""Each of the five faults that nbmake alone lets pass makes a notebook fail, and a sound notebook passes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

HERE = Path(__file__).parent
BROKEN = {
    "bad_option.ipynb": "UsageError: option -z not recognized",
    "output_widget.ipynb": "ZeroDivisionError: division by zero",
    "thread.ipynb": "ValueError: in a thread",
    "unknown_magic.ipynb": "Line magic function `%no_such_magic` not found",
    "usage_error.ipynb": "UsageError: spend takes a month",
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a test run over all six says of each: "" for passed, else why it failed."""
    folder = tmp_path_factory.mktemp("notebooks")
    notebooks = [*sorted((HERE / "must_fail").glob("*.ipynb")), HERE / "must_pass.ipynb"]
    for notebook in notebooks:
        (folder / notebook.name).write_bytes(notebook.read_bytes())
    options = ["-q", "-p", "tests.strict_notebooks", "-p", "no:cacheprovider", "--nbmake", f"--junitxml={folder}/out.xml"]
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", str(folder), *options, str(folder)]
    run = subprocess.run(command, cwd=HERE.parent.parent, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 1, run.stdout + run.stderr
    cases = ElementTree.parse(folder / "out.xml").iter("testcase")
    return {str(case.get("name")): "".join(f.text or "" for f in case.iter("failure")) for case in cases}


def test_every_notebook_was_run(verdicts: dict[str, str]) -> None:
    assert set(verdicts) == {*BROKEN, "must_pass.ipynb"}


@pytest.mark.parametrize("notebook", sorted(BROKEN))
def test_a_hidden_fault_fails_the_notebook_and_is_named(verdicts: dict[str, str], notebook: str) -> None:
    assert BROKEN[notebook] in verdicts[notebook]


def test_a_sound_notebook_passes(verdicts: dict[str, str]) -> None:
    assert verdicts["must_pass.ipynb"] == ""
