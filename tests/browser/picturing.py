"""The pictures of the documentation, taken of the real thing: ``make shots`` writes them into docs/images.

They are of the notebook of panels and dashboards, run from its first cell to its last on the sample.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.lab import ROOT, Lab, Server, chromium

NOTEBOOK = "notebooks/06_panels_and_dashboards.ipynb"
IMAGES = ROOT / "docs" / "images"


def main() -> None:
    """Run the notebook and take the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="finopsnb-shots-") as place:
        folder = Path(place)
        shutil.copytree(ROOT / "data" / "sample", folder / "data" / "sample")
        (folder / NOTEBOOK).parent.mkdir()
        shutil.copy(ROOT / NOTEBOOK, folder / NOTEBOOK)
        with Server(folder) as server, chromium() as browser, Lab(server, browser, NOTEBOOK, (1280, 1500)) as lab:
            seen = lab.run_all(300)
            assert not seen.problems(), seen.problems()
            take(lab)


def take(lab: Lab) -> None:
    """The tabs of the panel, a dashboard, and one in which a bar was clicked."""
    panel = output(lab, "%finops panel")
    panel.locator("pre").evaluate_all("logs => logs.forEach(log => { log.hidden = true; })")  # they speak of this machine's folders
    panel.get_by_label("Search").fill("focus")
    expect(panel).to_contain_text("of them shown")
    picture(lab, panel, "panel_plugins")
    panel.get_by_label("Search").fill("anomalies")
    panel.locator('button[title="Configure anomalies"]:visible').click()
    panel.get_by_role("button", name="Load from TOML", exact=True).click()
    panel.get_by_label("TOML", exact=True).fill('sensitivity = "high"\nhistory = 400')
    panel.get_by_label("TOML", exact=True).press("Tab")
    panel.get_by_role("button", name="Fill the form", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text("cannot be used")
    picture(lab, panel, "panel_config")
    panel.get_by_role("tab", name="Data", exact=True).click()
    panel.get_by_label("Sort by", exact=True).select_option("BilledCost")
    panel.get_by_label("Order", exact=True).select_option("the greatest first")
    panel.get_by_label("Where", exact=True).select_option("BilledCost")
    panel.get_by_label("Is", exact=True).select_option("≥")
    panel.get_by_label("Value", exact=True).fill("800")
    panel.get_by_label("Value", exact=True).press("Enter")
    expect(panel).to_contain_text(re.compile("costs: \\d\\d? rows"))
    picture(lab, panel, "panel_data")
    picture(lab, output(lab, "%finops show cost-overview").locator("canvas, svg").first, "dashboard")
    chart = output(lab, "%finops explore").locator("svg.marks")
    chart.locator('g.series_0_marks > [aria-label*="Cost of: Compute Engine;"]').click()
    picture(lab, output(lab, "%finops explore"), "explore")


def output(lab: Lab, begins: str) -> Locator:
    """What stands below the cell that begins so."""
    (index,) = [cell.index for cell in lab.cells() if cell.source.startswith(begins)]
    shown: Locator = lab._cell(index).locator(".jp-OutputArea-output").last
    return shown


def picture(lab: Lab, shown: Locator, name: str) -> None:
    """Write one picture, when the page is still."""
    lab.page.mouse.move(0, 0)
    lab.page.wait_for_timeout(500)
    shown.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
