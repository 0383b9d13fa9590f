"""What a quantity in a unit of a bill is in hours, and in gigabytes for a month."""

from __future__ import annotations

from decimal import Decimal

import ibis
import pytest

from finopsnb.analysis import units

LONG = Decimal("12345678901234567.123456789012345678")
#: unit: a quantity, and what it is in hours, in hours of cores, in GB-months; whether it is a time, by time, a period, memory, of a size
KNOWN = {
    "Hours": (LONG, LONG, None, None, "time by"),
    "Hrs": (3, 3, None, None, "time by"),
    "hr": (3, 3, None, None, "time by"),
    "h": (3, 3, None, None, "time by"),
    "1 Hour": (3, 3, None, None, "time by"),
    "minutes": (90, Decimal("1.5"), None, None, "time by"),
    "seconds": (5400, Decimal("1.5"), None, None, "time by"),
    "core-seconds": (14400, None, 4, None, "by"),
    "vCPU-Hours": (LONG, None, LONG, None, "by"),
    "1K vCPU-Seconds": (1, None, None, None, "by"),
    "LCU-Hours": (1, None, None, None, "by"),
    "ACU-Hr": (1, None, None, None, "by"),
    "1/Hour": (1, None, None, None, "by"),
    "GB-Hours": (1460, None, None, 2, "by memory size"),
    "gibibyte hour": (1460, None, None, 2, "by memory size"),
    "byte-seconds": (2628000 * 2**30, None, None, 1, "by memory size"),
    "GB-Months": (LONG, None, None, LONG, "size"),
    "GB-Mo": (2, None, None, 2, "size"),
    "GiB-Months": (2, None, None, 2, "size"),
    "1 GB/Month": (2, None, None, 2, "size"),
    "gibibyte month": (2, None, None, 2, "size"),
    "TiB-Months": (2, None, None, 2048, "size"),
    "100 GB/Month": (2, None, None, None, "size"),
    "Months": (1, None, None, None, "period"),
    "1/Month": (1, None, None, None, "period"),
    "Days": (1, None, None, None, "period"),
    "GB": (1, None, None, None, "size"),
    "1M Requests": (1, None, None, None, "size"),
    "Units": (1, None, None, None, ""),
    "": (1, None, None, None, ""),
    None: (1, None, None, None, ""),
}


@pytest.fixture(scope="module")
def answers():
    rows = [(unit, Decimal(given[0])) for unit, given in KNOWN.items()]
    table = ibis.memtable(rows, schema={"unit": "string", "quantity": "decimal(38, 18)"})
    unit, quantity = table.unit, table.quantity
    kinds = {"time": units.is_time, "by": units.is_by_time, "period": units.is_period, "memory": units.is_memory, "size": units.is_of_size}
    asked = table.select(
        "unit",
        hours=units.hours(unit, quantity),
        cores=units.core_hours(unit, quantity),
        kept=units.gigabyte_months(unit, quantity),
        **{kind: test(unit) for kind, test in kinds.items()},
    )
    found = ibis.duckdb.connect().to_pyarrow(asked).to_pylist()
    return {row["unit"]: (row["hours"], row["cores"], row["kept"], " ".join(kind for kind in kinds if row[kind])) for row in found}


@pytest.mark.parametrize("unit", KNOWN)
def test_a_quantity_is_told_in_what_its_unit_says(unit, answers):
    *amounts, kinds = KNOWN[unit][1:]
    *found, are = answers[unit]
    assert (found, set(are.split())) == ([one if one is None else Decimal(one) for one in amounts], set(kinds.split()))


def test_the_spelling_in_capitals_is_the_same(answers):
    unit = ibis.memtable([("GIBIBYTE MONTH", "HOURS")], schema={"kept": "string", "ran": "string"})
    asked = unit.select(kept=units.gigabyte_months(unit.kept, ibis.literal(2)), ran=units.is_time(unit.ran))
    assert ibis.duckdb.connect().to_pyarrow(asked).to_pylist() == [{"kept": Decimal(2), "ran": True}]
