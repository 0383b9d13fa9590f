"""The native exports have the files, the rows and the money that facts.json says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.data.native import FACTS, FOLDER, files, rows


def test_there_is_a_folder_for_each_format_with_the_files_that_are_told():
    found = {folder.name: {path.name for path in folder.iterdir()} for folder in FOLDER.iterdir()}
    assert found == {kind: set(fact["files"]) for kind, fact in FACTS.items()}
    assert len(found) == 7


def test_it_is_small():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 1_000_000


@pytest.mark.parametrize("kind", FACTS)
def test_rows_are_those_of_their_categories(kind):
    assert sum(FACTS[kind]["charge_categories"].values()) == FACTS[kind]["rows"]


@pytest.mark.parametrize("kind", ["aws-cur", "azure-exports", "gcp-billing", "oracle-cloud"])
def test_every_file_has_the_rows_that_are_told(kind):
    assert {name.split("/")[1]: len(rows(name)) for name in files(kind)} == FACTS[kind]["files"]


@pytest.mark.parametrize("kind", [kind for kind, fact in FACTS.items() if "same_as_focus" in fact])
def test_the_money_is_that_of_the_focus_sample(con, kind):
    query = (
        "select strftime(BillingPeriodStart, '%Y-%m'), sum(BilledCost), sum(EffectiveCost) from costs "
        "where ProviderName = $1 and strftime(BillingPeriodStart, '%Y-%m') = $2 and not list_contains($3, ChargeCategory) group by 1"
    )
    months = [[same["provider"], same["month"], same["without"]] for same in FACTS[kind]["same_as_focus"]]
    found = [row for month in months for row in con.sql(query, params=month).fetchall()]
    totals = FACTS[kind]["totals"]
    assert found == [(one["BillingPeriod"], Decimal(one["BilledCost"]), Decimal(one["EffectiveCost"])) for one in totals]
