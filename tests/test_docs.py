"""The documentation says what the code does: events, commands and metadata are compared, the examples are run."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import finopsnb
from finopsnb.commands import COMMANDS, NOTEBOOK, SHELL
from finopsnb.plugins import PluginMetadata, hooks, registry

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "PLUGIN_ARCHITECTURE.md").read_text()
COMMAND_PAGE = (ROOT / "docs" / "COMMANDS.md").read_text()
README = (ROOT / "README.md").read_text()
PAGES = {"README": README} | {path.stem: path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))}


def table_rows(text: str) -> list[list[str]]:
    """The cells of all table rows of a page."""
    return [[c.strip() for c in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| ")]


def test_the_guide_lists_the_events_as_the_code_has_them() -> None:
    rows = {row[0].strip("`"): row[1] for row in table_rows(GUIDE.split("## Hooks and events")[1].split("\n## ")[0])}
    rows.pop("event")
    assert rows == hooks.EVENTS


def test_the_command_page_lists_the_commands_as_the_code_has_them() -> None:
    faces = {NOTEBOOK: "notebook", SHELL: "shell"}
    told = {row[0].strip("`"): row[1:] for row in table_rows(COMMAND_PAGE) if row[0].startswith("`")}
    coded = {c.name: [c.summary.replace("|", "/"), ", ".join(faces[f] for f in c.faces)] for c in COMMANDS.values()}
    assert told == coded


def test_the_guide_names_every_field_of_the_metadata() -> None:
    fields = ", ".join(field.name for field in dataclasses.fields(PluginMetadata))
    assert f"PluginMetadata({fields})" in GUIDE


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_links_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)\)", page)
    folder = ROOT if page is README else ROOT / "docs"
    assert [target for target in targets if not (folder / target).exists()] == []


def test_the_pictures_are_small_and_each_is_shown() -> None:
    pictures = list((ROOT / "docs" / "images").glob("*.png"))
    assert {picture.name for picture in pictures if picture.stat().st_size > 150_000} == set()
    assert [picture.name for picture in pictures if f"images/{picture.name})" not in "".join(PAGES.values())] == []


def test_make_help_and_the_readme_agree() -> None:
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", README)) <= targets


@pytest.fixture
def shelter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with ``exports/*.csv``, the environment as it was, and the default registry as it was."""
    import finopsnb_sample

    (tmp_path / "exports").mkdir()
    first = min((finopsnb_sample.path() / "focus").glob("*.csv.gz"))
    shutil.copy(first, tmp_path / "exports" / "bill.csv.gz")
    monkeypatch.chdir(tmp_path)
    before, environ = {record.name for record in registry.records()}, dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(environ)
    registry.unload_all()
    registry.hooks.forget("notebook")
    for name in {record.name for record in registry.records()} - before:
        registry.unregister(name)


def blocks(page: str) -> list[str]:
    found = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert found
    return found


@pytest.mark.usefixtures("shelter")
@pytest.mark.parametrize("page", [README, GUIDE], ids=["README", "PLUGIN_ARCHITECTURE"])
def test_the_examples_run(page: str) -> None:
    with finopsnb.open(":memory:") as session:
        names: dict[str, Any] = {"__name__": "a_notebook", "session": session}
        for block in blocks(page.replace('"finops.duckdb"', '":memory:"').replace("exports/*.csv", "exports/*.csv.gz")):
            names["session"] = session
            exec(compile(block, "example", "exec", dont_inherit=True), names)
    assert names["OfficeInvoices"].metadata.name == "office-invoices"


@pytest.mark.usefixtures("shelter")
def test_the_example_of_a_bill_of_ones_own_collects_and_adds_up(tmp_path: Path) -> None:
    (tmp_path / "bill.csv").write_text("Product,Price,From,To\nCX22,3.79,2026-10-01,2026-11-01\nCX32,6.80,2026-10-01,2026-11-01\n")
    with finopsnb.open(":memory:") as session:
        for block in blocks(PAGES["COLLECTING"]):
            exec(compile(block, "example", "exec", dont_inherit=True), {"__name__": "a_notebook"})
        session.load("hetzner-invoices", path="bill.csv")
        assert len(session.collect("hetzner-invoices")) == 2
        assert session.reconcile("hetzner-invoices").status.tolist() == ["matches"]


@pytest.mark.usefixtures("shelter")
def test_the_examples_of_notifications_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    page = PAGES["NOTIFICATIONS"]
    monkeypatch.setenv("SLACK_WEBHOOK", "https://hooks.slack.com/services/T0/B0/x")
    monkeypatch.setenv("SMTP_PASSWORD", "not-a-real-one")
    with finopsnb.open(":memory:") as session:
        for name, settings in tomllib.loads(page.split("```toml\n")[1].split("```")[0])["plugins"].items():
            session.load(name, config=settings | {"dry_run": True})
        for block in blocks(page):
            exec(compile(block, "example", "exec", dont_inherit=True), {"__name__": "a_notebook", "session": session})
        assert session.outbox("sent").plugin.tolist() == ["lamp"]
    assert capsys.readouterr().out == "the lamp is yellow: 2026-10 is closed\n"


@pytest.mark.usefixtures("shelter")
def test_the_settings_of_a_subscription_are_all_told() -> None:
    from finopsnb.plugins.messages import Subscription

    told = {row[0].strip("`") for row in table_rows(PAGES["NOTIFICATIONS"].split("## Subscriptions")[1].split("\n## ")[0])}
    assert told == {"setting", *Subscription.model_fields}


@pytest.mark.usefixtures("shelter")
def test_the_examples_of_budgets_and_policies_run(capsys: pytest.CaptureFixture[str]) -> None:
    page = PAGES["BUDGETS_AND_POLICIES"]
    budgets, policies = (part.split("```")[0] for part in page.split("```toml\n")[1:])
    with finopsnb.open(":memory:") as session:
        session.load("focus-files", path="exports/*.csv.gz")
        session.collect("focus-files", frames="none")
        for block in blocks(page):
            exec(compile(block, "example", "exec", dont_inherit=True), {"__name__": "a_notebook", "session": session})
        for name, settings in tomllib.loads(policies)["plugins"].items():
            session.load(name, config=settings)
            session.evaluate(name, frames="arrow")
        assert len(session.budgets(budgets)) == 2
        period = {"period_start": "2025-10-01", "period_end": "2025-11-01"}
        session.budgets([{"budget": "b", "scope": f"{condition(page)} or ServiceName is not null", "amount": "0.01", **period}])
        session.budget_status()
    assert "b: 100% of 0.0" in capsys.readouterr().out


def condition(page: str) -> str:
    """Every condition that the page shows, as one."""
    shown = page.split("## Conditions")[1].split("\n\n")[2]
    return " or ".join(f"({line.strip()})" for line in shown.splitlines())
