"""The columns as data, and a package that is light until it is used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from finopsnb import focus
from finopsnb.focus.columns import service_subcategory_parents


def test_counts_by_version() -> None:
    assert [len(focus.columns_of(version)) for version in focus.VERSIONS] == [43, 50, 57, 65, 65]
    assert {column.name for column in focus.columns_of("1.0")} <= set(focus.COLUMNS)


def test_attribution_is_in_the_file() -> None:
    text = (Path(focus.__file__).parent / "columns.json").read_text(encoding="utf-8")
    assert "CC-BY-4.0" in json.loads(text)["attribution"]


def test_every_subcategory_has_an_allowed_parent() -> None:
    parents = service_subcategory_parents()
    assert set(parents) == set(focus.COLUMNS["ServiceSubcategory"].allowed_values)
    assert set(parents.values()) <= set(focus.COLUMNS["ServiceCategory"].allowed_values)


@pytest.mark.parametrize("name", ["BilledCost", "EffectiveCost", "ListUnitPrice", "PricingQuantity"])
def test_money_and_quantities_are_decimals(name: str) -> None:
    assert focus.COLUMNS[name].sql_type == "DECIMAL(38,18)"


def test_importing_is_light() -> None:
    code = (
        "import sys, finopsnb.focus as focus; focus.COLUMNS['Tags']; "
        "print(sorted({'ibis', 'duckdb', 'pyarrow', 'pandas', 'polars'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_public_names() -> None:
    assert len(set(focus.__all__)) == len(focus.__all__)
    assert set(dir(focus)) == set(focus.__all__)
    assert all(getattr(focus, name) is not None for name in focus.__all__)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = focus.nothing_like_it
