"""``query`` as a word of the vocabulary."""

from __future__ import annotations

import pytest

from finopsnb.commands import SHELL, State, run_line
from finopsnb.commands.completion import complete
from finopsnb.errors import CommandError, FinopsError


@pytest.fixture
def ready(state: State) -> State:
    state.session.load("bills")
    state.session.run("bills")
    return state


def test_a_query_is_answered_and_kept(ready):
    result = run_line(ready, "query verify-invoices start=2026-01-01 end=2026-02-01 provider=AWS")
    assert (result.line, result.value["BilledCost"].tolist()) == ("verify-invoices: 1 row", [2.5])
    assert run_line(ready, 'query verify-invoices provider=["OCI", "Oracle"] -o none').line == "verify-invoices: 0 rows; kept in none"
    assert len(run_line(ready, "query verify-invoices billing_account=007").value) == 1


def test_the_list_tells_what_the_data_lacks(ready):
    result = run_line(ready, "query --list")
    lacking = dict(zip(result.value["name"], result.value["lacking"], strict=True))
    assert result.line == f"71 queries, {list(lacking.values()).count('')} of them on the data that there is"
    assert (lacking["verify-invoices"], lacking["analyze-tag-coverage"]) == ("", "Tags")


def test_what_a_query_takes_and_what_it_runs(ready):
    told = str(run_line(ready, "query analyze-tag-coverage --about").value)
    assert "tag=application" in told
    statement = str(run_line(ready, "query verify-invoices start=2026-01-01 --sql").value)
    assert statement.startswith("SELECT")
    assert len(run_line(ready, f"sql {statement}").value) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("query", r"Which query\?\nHint: %finops query --list"),
        ("query verify-invoice", r"Did you mean verify-invoices\?\nHint: %finops query verify-invoices"),
        ("query nothing", "Hint: %finops query --list"),
        ("query verify-invoices frames=polars", "verify-invoices does not take frames"),
        ("query verify-invoices start", "start is not a setting"),
        (
            "query analyze-tag-coverage",
            r"needs Tags, which the data does not have\.\nIt is null in every row of costs; there is Tags from FOCUS 1\.0 on\.",
        ),
    ],
)
def test_a_mistake_is_answered_with_the_line_that_mends_it(ready, line, said):
    with pytest.raises((CommandError, FinopsError), match=said):
        run_line(ready, line)


def test_a_shell_is_told_its_own_words(ready):
    ready.face = SHELL
    with pytest.raises(FinopsError, match="Hint: finopsnb query --list"):
        run_line(ready, "query nothing")


def words(state, text):
    return list(complete(state, text).words)


def test_names_parameters_and_choices_are_completed(state):
    assert words(state, "query effective-") == [
        "effective-cost-by-service-and-region",
        "effective-cost-compute",
        "effective-savings-rate",
        "effective-savings-rate-services",
    ]
    assert words(state, "query analyze-tag-coverage t") == ["tag="]
    assert "start=" not in words(state, "query verify-invoices start=2026-01-01 ")
    found = complete(state, "query analyze-tag-coverage metric=B")
    assert (found.fragment, list(found.words)) == ("B", ["BilledCost"])
    assert words(state, "query nothing s") == []
    assert "--list" in words(state, "query --l")
