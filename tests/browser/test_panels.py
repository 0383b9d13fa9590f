"""The panel in a real JupyterLab, clicked as a person does: load, configure wrongly and rightly, collect, cancel, unload."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenLab
from tests.browser.lab import Lab

pytestmark = pytest.mark.slow

SHOTS = Path(__file__).parent / "shots" / "panels"
SECRET = "typed-canary-c0ffee"

PLUGINS = """
import time
import finopsnb
from typing import Literal
from pydantic import BaseModel, Field, SecretStr
from finopsnb.plugins import *

@registry.register
class Portal(TelemetryPlugin):
    metadata = PluginMetadata(name="portal-bills", version="1.2.0", plugin_type=PluginType.TELEMETRY, tags=("portal",),
                              description="Bills of a portal, page by page <img src=x onerror=alert(1)>")
    class Config(BaseModel):
        days: int = Field(7, ge=1, description="How many days back")
        grain: Literal["daily", "monthly"] = "daily"
        pages: int = Field(2000, description="How many pages it has")
        api_key: SecretStr | None = Field(None, description="The key of the portal")
    def collect_telemetry(self):
        for page in range(self.config.pages):
            time.sleep(0.1)
            self.context.logger.warning("page %s is read", page)
            row = {"BilledCost": "1.5", "BillingCurrency": "USD", "ProviderName": "AWS", "ServiceName": "EC2"}
            yield f"page {page}", [{**row, "ResourceId": f"i-{page}-{n}", "ChargePeriodStart": "2026-01-01T00:00:00Z"} for n in range(50)]

@registry.register
class Failing(TelemetryPlugin):
    metadata = PluginMetadata(name="portal-failing", plugin_type=PluginType.TELEMETRY, description="Cannot be reached")
    def initialize(self): raise RuntimeError("no route to <script>alert(1)</script> the portal")
    def collect_telemetry(self): return []

@registry.register
class Hostile(TelemetryPlugin):
    metadata = PluginMetadata(name="zz-hostile", plugin_type=PluginType.TELEMETRY, tags=("<img src=x>",), config_schema={
        "<img src=x onerror=alert(1)>": {"type": "string", "description": "<script>alert(1)</script>", "default": "<iframe src=//evil>"},
        "b": {"enum": ["<img src=x>", "' onfocus='alert(1)"]}})
    def collect_telemetry(self): return []
"""


CELL = {"cell_type": "code", "id": "first", "execution_count": None, "metadata": {}, "outputs": [], "source": "%load_ext finopsnb"}
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
EMPTY = json.dumps({"cells": [CELL], "metadata": KERNEL, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture(scope="module")
def lab(open_lab: OpenLab) -> Lab:
    lab = open_lab("panels.ipynb", EMPTY, size=(1280, 1500))
    lab.run_all()
    assert not lab.add_and_run(PLUGINS).outputs
    lab.add_and_run("%finops open bills.duckdb\nNone")
    return lab


@pytest.fixture(scope="module")
def panel(lab: Lab) -> Locator:
    """The output of the cell that shows the panel."""
    cell = lab.add_and_run("panel = %finops panel\npanel")
    shown = lab._cell(cell.index).locator(".jp-Cell-outputArea")
    expect(shown.get_by_label("Search")).to_be_visible()
    return shown


def shot(lab: Lab, name: str, panel: Locator, folder: Path = SHOTS) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lab.page.wait_for_timeout(150)
    panel.screenshot(path=folder / f"{name}.png")


def collect_with(panel: Locator, plugin: str, settings: dict[str, str], ended: str) -> None:
    """Give the plugin whose form is open these settings, and run it until its line says how it ended."""
    for label, value in settings.items():
        panel.get_by_label(label, exact=True).fill(value)
    panel.get_by_role("button", name="Apply", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text(f"{plugin} is ready")
    tab(panel, "Plugins")
    press(panel, f"Run {plugin}")
    expect(panel).to_contain_text(ended, timeout=20_000)


def press(panel: Locator, title: str) -> None:
    panel.locator(f'button[title="{title}"]:visible').click()


def answer(lab: Lab, expression: str) -> Any:
    cell = lab.add_and_run(f"print({expression})")
    return cell.streams("stdout").strip()


def tab(panel: Locator, title: str) -> None:
    panel.get_by_role("tab", name=title, exact=True).click()


def test_1_the_panel_is_drawn_and_finds_plugins(lab: Lab, panel: Locator) -> None:
    expect(panel).to_contain_text(re.compile(r"0 of \d+ plugins loaded"))
    shot(lab, "1-plugins", panel)
    panel.get_by_label("Search").fill("portal")
    expect(panel).to_contain_text("2 of them shown")
    press(panel, "Load portal-failing")
    expect(panel.get_by_role("status")).to_contain_text("no route to <script>alert(1)</script> the portal")
    panel.locator("summary:visible").click()
    shot(lab, "2-failed", panel)
    press(panel, "Load portal-bills")
    expect(panel.get_by_role("status")).to_contain_text("portal-bills is ready")
    expect(panel).to_contain_text("● ready")


def test_2_a_wrong_setting_is_told_beside_its_field_and_a_right_one_is_applied(lab: Lab, panel: Locator) -> None:
    press(panel, "Configure portal-bills")
    panel.get_by_label("days", exact=True).fill("0")
    panel.get_by_label("api_key", exact=True).fill(SECRET)
    panel.get_by_role("button", name="Apply", exact=True).click()
    expect(panel.get_by_role("alert").filter(has_text="greater than or equal to 1")).to_be_visible()
    expect(panel.get_by_label("api_key", exact=True)).to_have_value("")
    shot(lab, "3-wrong", panel)
    panel.get_by_label("days", exact=True).fill("30")
    panel.get_by_label("grain", exact=True).select_option("monthly")
    panel.get_by_role("button", name="Apply", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text("portal-bills is ready with these settings")
    panel.get_by_role("button", name="Show code", exact=True).click()
    expect(panel.get_by_label("Settings as code", exact=True)).to_have_value(re.compile("%finops load portal-bills days=30 grain=monthly"))
    shot(lab, "4-configured", panel)
    panel.get_by_role("button", name="Load from TOML", exact=True).click()
    panel.get_by_label("TOML", exact=True).fill('days = 90\ngrain = "yearly"')
    panel.get_by_label("TOML", exact=True).press("Tab")
    panel.get_by_role("button", name="Fill the form", exact=True).click()
    expect(panel.get_by_role("alert").filter(has_text="yearly is none of daily, monthly")).to_be_visible()
    expect(panel.get_by_label("days", exact=True)).to_have_value("90")
    shot(lab, "4b-filled", panel)
    assert answer(lab, "(c := finopsnb.session().plugins.get('portal-bills').config).days, c.api_key.get_secret_value()[:5]") == "30 typed"


def test_3_the_typed_secret_is_not_in_the_widget_state(lab: Lab, panel: Locator) -> None:
    state = answer(lab, "__import__('json').dumps(__import__('ipywidgets').Widget.get_manager_state())")
    assert SECRET not in state
    lab.js("await app.commands.execute('docmanager:save');")
    assert SECRET not in (lab.server.folder / lab.notebook).read_text()


def test_4_a_collection_shows_its_progress_and_is_cancelled_without_a_row(lab: Lab, panel: Locator) -> None:
    tab(panel, "Plugins")
    press(panel, "Run portal-bills")
    expect(panel).to_contain_text(re.compile(r"\d+ rows, [3-9]\d? batches"), timeout=20_000)
    expect(panel.locator("progress")).to_be_visible()
    expect(panel).to_contain_text("is read")
    assert answer(lab, "6 * 7") == "42"  # the kernel is free meanwhile
    shot(lab, "5-running", panel)
    press(panel, "Cancel portal-bills")
    expect(panel).to_contain_text("✕ cancelled", timeout=20_000)
    shot(lab, "6-cancelled", panel)
    assert answer(lab, "len(finopsnb.session().frame('costs')), finopsnb.session().last_run['status']") == "0 cancelled"


def test_5_every_control_has_a_name(lab: Lab, panel: Locator) -> None:
    for title in ("Plugins", "Config", "Runs", "Data", "Hooks"):
        tab(panel, title)
        nameless = panel.evaluate(
            """root => [...root.querySelectorAll('input, select, textarea, button, progress')].filter(one => {
                const labels = [...(one.labels ?? [])].map(label => label.textContent.trim()).join('');
                const own = one.tagName === 'BUTTON' ? one.textContent.trim() : '';
                return !(labels || own || one.getAttribute('aria-label') || one.title);
            }).map(one => one.outerHTML)"""
        )
        assert nameless == [], title


def test_6_runs_and_hooks(lab: Lab, panel: Locator) -> None:
    tab(panel, "Runs")
    expect(panel).to_contain_text("✕ cancelled")
    panel.get_by_label("Run", exact=True).fill("1")
    panel.get_by_label("Run", exact=True).press("Tab")
    press(panel, "delete what this run stored; its row stays")
    expect(panel).to_contain_text("Forget run 1 of portal-bills: 0 rows?")
    shot(lab, "7-runs", panel)
    press(panel, "delete it now")
    expect(panel.get_by_role("status")).to_contain_text("run 1 is forgotten")
    tab(panel, "Hooks")
    panel.get_by_label("Event", exact=True).fill("plugins_changed")
    panel.get_by_label("Payload", exact=True).fill("plugins=[]")
    panel.get_by_role("button", name="Trigger", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text("heard by 1 handler")
    shot(lab, "8-hooks", panel)


def test_7_a_collection_that_ends_is_seen_in_the_data(lab: Lab, panel: Locator) -> None:
    tab(panel, "Config")
    collect_with(panel, "portal-bills", {"pages": "4"}, "✓ done: 200 rows, 4 batches")
    tab(panel, "Data")
    expect(panel).to_contain_text("costs: 200 rows")
    panel.get_by_label("Where", exact=True).select_option("ResourceId")
    panel.get_by_label("Value", exact=True).fill("i-3-1")
    panel.get_by_label("Value", exact=True).press("Enter")
    expect(panel).to_contain_text("costs: 11 rows")
    press(panel, "what stands in the columns that are shown")
    expect(panel).to_contain_text("profile of 11 rows")
    press(panel, "all rows that were found, as a variable")
    expect(panel.get_by_role("status")).to_contain_text("costs_rows is a DataFrame of 11 rows now")
    assert answer(lab, "len(costs_rows)") == "11"
    shot(lab, "9-data", panel)


def test_7b_markup_in_names_of_settings_is_text(lab: Lab, panel: Locator) -> None:
    tab(panel, "Plugins")
    panel.get_by_label("Search").fill("zz-hostile")
    press(panel, "Configure zz-hostile")
    expect(panel.get_by_label("<img src=x onerror=alert(1)>", exact=True)).to_be_visible()
    expect(panel).to_contain_text("<script>alert(1)</script>")
    shot(lab, "10-hostile", panel)
    tab(panel, "Plugins")
    panel.get_by_label("Search").fill("portal")


def test_8_unload_and_nothing_complained(lab: Lab, panel: Locator) -> None:
    tab(panel, "Plugins")
    press(panel, "Unload portal-bills")
    expect(panel.get_by_role("status")).to_contain_text("portal-bills is unloaded")
    expect(panel).to_contain_text(re.compile(r"0 of \d+ plugins loaded"))
    assert panel.locator("script, img, iframe").count() == 0
    shot(lab, "11-unloaded", panel)
    assert lab.seen().problems() == []
