"""The panel in Notebook 7, which draws with another page around the same cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import OpenLab
from tests.browser.test_panels import EMPTY, collect_with, press, shot

pytestmark = pytest.mark.slow

SHOTS = Path(__file__).parent / "shots" / "notebook_7"


def test_the_panel_is_drawn_and_is_alive(open_lab: OpenLab) -> None:
    lab = open_lab("classic.ipynb", EMPTY, size=(1280, 1500), app="notebook")
    assert "/notebooks/" in lab.page.url
    lab.run_all()
    lab.add_and_run("%finops open :memory:\nNone")
    cell = lab.add_and_run("%finops panel")
    panel = lab._cell(cell.index).locator(".jp-Cell-outputArea")
    panel.get_by_label("Search").fill("focus-files")
    press(panel, "Configure focus-files")
    collect_with(panel, "focus-files", {"path *": "data/sample/focus/google-cloud.parquet"}, "✓ done")
    shot(lab, "panel", panel, SHOTS)
    assert lab.add_and_run("%finops code\nNone").streams("stderr") == ""
    assert lab.seen().problems() == []
