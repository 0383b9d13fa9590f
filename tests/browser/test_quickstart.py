"""The quickstart notebook in a real JupyterLab: it runs, and its charts are really drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import OpenLab
from tests.browser.lab import Lab, Seen

pytestmark = pytest.mark.slow

SHOTS = Path(__file__).parent / "shots" / "quickstart"


@pytest.fixture(scope="module")
def lab(open_lab: OpenLab) -> Lab:
    return open_lab("notebooks/01_quickstart.ipynb")


@pytest.fixture(scope="module")
def seen(lab: Lab) -> Seen:
    seen = lab.run_all(180)
    lab.pictures(SHOTS)
    return seen


def test_runs_without_an_error_a_complaint_or_a_request_to_outside(seen: Seen) -> None:
    assert seen.problems() == []


def test_the_overview_is_drawn_with_marks(lab: Lab, seen: Seen) -> None:
    charts = [cell.index for cell in seen.cells if "show cost-overview" in cell.source]
    assert charts, "no cell shows cost-overview"
    for index in charts:
        drawn = lab.marks(index)
        assert drawn, f"cell {index} shows no chart"
        assert min(drawn) > 20, f"cell {index}: a chart is nearly empty: {drawn}"


def test_the_answer_to_the_sql_is_drawn_as_a_table(lab: Lab, seen: Seen) -> None:
    (answer,) = [cell.index for cell in seen.cells if cell.source == "services"]
    assert lab.table_rows(answer) == 8
