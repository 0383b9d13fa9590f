"""The HTML report in a browser: its charts are drawn, and it asks nobody for anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

import finopsnb
import finopsnb_sample
from finopsnb.plugins import PluginRegistry

pytestmark = pytest.mark.slow

SHOT = Path(__file__).parent / "shots" / "report.png"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with finopsnb.open(":memory:", registry=PluginRegistry()) as session:
        session.load("focus-files", path=str(finopsnb_sample.path() / "focus" / "google-cloud.parquet"))
        session.collect("focus-files", frames="arrow")
        return session.report(tmp_path_factory.mktemp("report") / "report.html")


def test_its_charts_are_drawn_without_asking_anybody(report: Path, browser: Browser) -> None:
    complaints: list[str] = []
    requests: list[str] = []
    page = browser.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(report.as_uri())
    page.wait_for_selector("canvas.marks, svg.marks")
    SHOT.parent.mkdir(exist_ok=True)
    page.screenshot(path=SHOT, full_page=True)
    shapes = page.locator("svg.marks path, svg.marks rect").count()
    canvases = page.locator("canvas.marks").count()
    page.close()
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert complaints == []
    assert shapes > 50 or canvases
