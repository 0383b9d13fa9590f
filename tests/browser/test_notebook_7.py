"""The panel in Notebook 7, which draws with another page around the same cells."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenLab
from tests.browser.test_panels import EMPTY, press, shot, tab

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
    panel.get_by_label("path *", exact=True).fill("data/sample/focus/google-cloud.parquet")
    panel.get_by_role("button", name="Apply", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text("focus-files is ready")
    tab(panel, "Plugins")
    press(panel, "Run focus-files")
    expect(panel).to_contain_text("✓ done", timeout=20_000)
    shot(lab, "panel", panel, SHOTS)
    assert lab.add_and_run("%finops code\nNone").streams("stderr") == ""
    assert lab.seen().problems() == []
