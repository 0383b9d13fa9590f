"""The example notebooks in both front ends: each runs without an error or a complaint. `make soak` opens all of them in both.

Notebook 7 then finds the kernel of JupyterLab, so that a notebook is seen to run again without a restart, too.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, OpenLab

pytestmark = pytest.mark.slow

SHOTS = Path(__file__).parent / "shots" / "every_notebook"
#: those that are opened in JupyterLab by the other tests here are left to them
CHOSEN = (
    [(path.name, app) for path in sorted((ROOT / "notebooks").glob("*.ipynb")) for app in ("lab", "notebook")]
    if os.environ.get("FINOPSNB_NOTEBOOKS") == "all"
    else [("01_quickstart.ipynb", "notebook")]
)


@pytest.mark.parametrize(("name", "app"), CHOSEN)
def test_it_runs_without_an_error_or_a_complaint(open_lab: OpenLab, name: str, app: str) -> None:
    lab = open_lab(f"notebooks/{name}", app=app)
    seen = lab.run_all(300)
    assert seen.problems() == []
    lab.pictures(SHOTS / f"{app}_{Path(name).stem}")
