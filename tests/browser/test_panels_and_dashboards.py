"""The notebook of panels and dashboards in a real JupyterLab: it runs, its panel is alive, and what is clicked in a chart is followed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenLab
from tests.browser.lab import Lab, Seen
from tests.browser.test_panels import tab

pytestmark = pytest.mark.slow

SHOTS = Path(__file__).parent / "shots" / "panels_and_dashboards"


@pytest.fixture(scope="module")
def lab(open_lab: OpenLab) -> Lab:
    return open_lab("notebooks/06_panels_and_dashboards.ipynb")


@pytest.fixture(scope="module")
def seen(lab: Lab) -> Seen:
    seen = lab.run_all(300)
    lab.pictures(SHOTS)
    return seen


def output(lab: Lab, seen: Seen, begins: str) -> Locator:
    (index,) = [cell.index for cell in seen.cells if cell.source.startswith(begins)]
    shown: Locator = lab._cell(index).locator(".jp-Cell-outputArea")
    return shown


def test_runs_without_an_error_a_complaint_or_a_request_to_outside(seen: Seen) -> None:
    assert seen.problems() == []


def test_its_panel_is_alive(lab: Lab, seen: Seen) -> None:
    panel = output(lab, seen, "%finops panel")
    tab(panel, "Runs")
    expect(panel).to_contain_text("✓ succeeded")
    tab(panel, "Data")
    expect(panel).to_contain_text("costs: ")


def costs(chart: Locator, view: str) -> dict[str, str]:
    """What the bars of a view say that they cost."""
    told = chart.locator(f"g.{view}_marks > *").evaluate_all("bars => bars.map(bar => bar.getAttribute('aria-label'))")
    found = (re.search(r"Cost of: (.*); Billed cost .*: ([\d,.]+)$", text) for text in told if text)
    return {match[1]: match[2] for match in found if match}


def test_a_bar_that_is_clicked_is_followed_by_the_other_views(lab: Lab, seen: Seen) -> None:
    chart = output(lab, seen, "%finops explore").locator("svg.marks")
    before = costs(chart, "provider_2")
    assert set(before) == {"AWS", "Google Cloud"}
    bar = chart.locator('g.series_0_marks > [aria-label*="Cost of: Compute Engine;"]')
    bar.click()
    expect(chart.locator("g.provider_2_marks > [aria-label*='Cost of: AWS;']")).to_have_count(0)
    alone = costs(chart, "series_0")["Compute Engine"]
    assert costs(chart, "provider_2") == {"Google Cloud": alone}
    amounts = [float(cost.replace(",", "")) for cost in costs(chart, "split_1").values()]
    assert sum(amounts) == pytest.approx(float(alone.replace(",", "")), abs=0.05)
    lab.page.screenshot(path=SHOTS / "followed.png")
    bar.dblclick()
    expect(chart.locator("g.provider_2_marks > [aria-label*='Cost of: AWS;']")).to_have_count(1)
    assert costs(chart, "provider_2") == before


def test_a_drag_over_weeks_asks_the_engine_for_their_days(lab: Lab, seen: Seen) -> None:
    explored = output(lab, seen, "%finops explore")
    chart = explored.locator("svg.marks")
    assert chart.locator('g.trend_marks > [aria-label*="Period: Week of"]').count() > 100
    room = chart.locator("g.trend_marks").bounding_box()
    assert room is not None
    left, right, middle = room["x"] + room["width"] * 0.7, room["x"] + room["width"] * 0.8, room["y"] + room["height"] / 2
    lab.page.mouse.move(left, middle)
    lab.page.mouse.down()
    lab.page.mouse.move(right, middle, steps=4)
    lab.page.mouse.up()
    expect(chart.locator('g.trend_marks > [aria-label*="Period: Week of"]')).to_have_count(0, timeout=20_000)
    expect(explored).to_contain_text(re.compile(r"from 2026-\d\d-\d\d to 2026-\d\d-\d\d, asked in"))
    lab.page.screenshot(path=SHOTS / "asked_again.png")
    assert lab.seen().problems() == []
