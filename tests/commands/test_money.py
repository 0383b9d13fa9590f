"""``reconcile`` and ``convert`` as words of the vocabulary: one line that says it, and the frame behind it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finopsnb.commands import SHELL, Call, State, run, run_line
from finopsnb.commands.parsing import command_named
from finopsnb.errors import CommandError, FinopsError
from tests.commands.conftest import ROW

HEAD = ",".join(ROW)


def line(**changes: str) -> str:
    return ",".join({**ROW, **changes}.values())


@pytest.fixture
def bill(tmp_path: Path) -> Path:
    path = tmp_path / "bill.csv"
    path.write_text("\n".join([HEAD, line(), line(BilledCost="2.504", BillingCurrency="EUR"), ""]))
    return path


@pytest.fixture
def ready(state: State, bill: Path) -> State:
    """A session that has collected the bill with focus-files."""
    from finopsnb_plugins.telemetry.focus_files import FocusFilesPlugin

    state.session.plugins.registry.register(FocusFilesPlugin)
    state.session.load("focus-files", path=str(bill))
    state.session.collect("focus-files")
    return state


def test_reconcile_says_in_a_line_that_a_bill_matches(ready: State) -> None:
    result = run_line(ready, "reconcile focus-files")
    assert result.line.splitlines() == [
        "focus-files 007, 2026-01, EUR: matches to the last digit",
        "focus-files 007, 2026-01, USD: matches to the last digit",
    ]
    assert set(result.value.status) == {"matches"}
    assert run_line(ready, "reconcile 1").line == result.line


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("2.50", "the invoice of 2.5 agrees (rounded by -0.004)"),
        ("2.504", "the invoice of 2.504 agrees"),
        ("2.51", "the invoice of 2.51 is 0.006 more than the source"),
        ("2", "the invoice of 2 is 0.504 less than the source"),
    ],
)
def test_reconcile_holds_a_bill_against_an_invoice(ready: State, amount: str, said: str) -> None:
    result = run_line(ready, f"reconcile focus-files --invoice 007:2026-01:EUR={amount}")
    assert result.line.splitlines()[0] == f"focus-files 007, 2026-01, EUR: matches to the last digit; {said}"


def test_reconcile_names_what_differs_and_its_rows(ready: State, bill: Path) -> None:
    bill.write_text("\n".join([HEAD, line(BilledCost="1.26"), line(BilledCost="2.504", BillingCurrency="EUR"), ""]))
    result = run_line(ready, "reconcile focus-files")
    assert result.line.splitlines()[1] == (
        "focus-files 007, 2026-01, USD: BilledCost differs: 0.01 is missing; the source changed since it was collected"
    )
    rows = run_line(ready, "reconcile focus-files --rows")
    assert rows.line == "focus-files: 2 rows differ"
    assert list(rows.value.BilledCost) == [Decimal("1.26"), Decimal("1.25")]


def test_many_bills_that_match_are_counted(ready: State, bill: Path) -> None:
    rows = [line(BillingAccountId=f"{number:03}") for number in range(9)]
    bill.write_text("\n".join([HEAD, *rows, line(BilledCost="€1", BillingAccountId="1000"), ""]))
    ready.session.collect("focus-files")
    assert run_line(ready, "reconcile focus-files").line.splitlines() == [
        "focus-files: 9 bills match to the last digit",
        "focus-files 1000, 2026-01, USD: BilledCost matches, but 1 amount of the source cannot be read; 1 row in quarantine",
    ]


def test_in_a_shell_the_plugin_is_loaded_with_the_settings_on_the_line(ready: State, bill: Path) -> None:
    ready.session.unload("focus-files")
    shell = State(face=SHELL, opened=ready.opened)
    words = ["focus-files", f"path={bill}"]
    assert "matches" in run(shell, Call(command_named("reconcile", SHELL), words)).line


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        ("reconcile", CommandError, "reconcile"),
        ("reconcile 99", FinopsError, "no run 99"),
        ("reconcile focus-files --invoice 12", CommandError, "12 is no invoice"),
        ("reconcile focus-files --invoice a=1 --invoice a=2", CommandError, "a is given twice"),
        ("reconcile focus-files --invoice 007:2026-01:CHF=1", FinopsError, "Nothing was billed for the invoice"),
        ("convert --to CHF", FinopsError, "no rate to CHF"),
        ("convert nowhere.csv", FinopsError, "nowhere.csv"),
    ],
)
def test_a_mistake_is_said(ready: State, words: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        run_line(ready, words)


def test_convert_says_the_sums_in_the_one_currency(ready: State, tmp_path: Path) -> None:
    rates = tmp_path / "rates.csv"
    rates.write_text("date,from,to,rate\n2026-01-01,EUR,USD,1.5\n")
    result = run_line(ready, f"convert {rates} --column BilledCost")
    assert result.line == "2 rows: BilledCost USD 5.006"
    assert sorted(result.value.x_BilledCostInUSD) == [Decimal("1.25"), Decimal("3.756")]
    assert run_line(ready, "convert --column ListCost").line == "2 rows: ListCost USD 3.125"


def test_a_restated_period_is_said_when_it_is_collected(ready: State, bill: Path) -> None:
    bill.write_text("\n".join([HEAD, line(BilledCost="1.26"), line(BilledCost="2.504", BillingCurrency="EUR"), ""]))
    assert "; restated: 2026-01 USD 1.25 → 1.26; findings" in run_line(ready, "collect focus-files").line
    assert run_line(ready, "runs").value.restated.dropna().tolist() == ["2026-01 USD 1.25 → 1.26"]


def test_full_reaches_the_plugin(ready: State, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = ready.session.plugins.get("focus-files")
    asked = []

    def collect_telemetry(full: bool = False) -> list[dict[str, str]]:
        asked.append(full)
        return [ROW]

    monkeypatch.setattr(plugin, "collect_telemetry", collect_telemetry)
    run_line(ready, "collect focus-files --full")
    run_line(ready, "collect focus-files")
    assert asked == [True, False]
