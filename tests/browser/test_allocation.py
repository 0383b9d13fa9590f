"""The notebook of allocation, budgets and policies in a real JupyterLab: it runs, and its three dashboards are really drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import OpenLab
from tests.browser.lab import Lab, Seen

pytestmark = pytest.mark.slow

SHOTS = Path(__file__).parent / "shots" / "allocation"


@pytest.fixture(scope="module")
def lab(open_lab: OpenLab) -> Lab:
    return open_lab("notebooks/03_allocation_and_budgets.ipynb")


@pytest.fixture(scope="module")
def seen(lab: Lab) -> Seen:
    seen = lab.run_all(300)
    lab.pictures(SHOTS)
    return seen


def test_runs_without_an_error_a_complaint_or_a_request_to_outside(seen: Seen) -> None:
    assert seen.problems() == []


@pytest.mark.parametrize("name", ["allocation", "budgets", "compliance"])
def test_the_dashboard_is_drawn_with_marks(lab: Lab, seen: Seen, name: str) -> None:
    (index,) = [cell.index for cell in seen.cells if cell.source.startswith(f"%finops show {name}")]
    drawn = lab.marks(index)
    assert drawn
    assert min(drawn) > 20
