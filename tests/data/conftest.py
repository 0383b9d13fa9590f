"""One run of the script that makes the sample, and one table of its FOCUS files, for all tests of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import finopsnb_sample

SCRIPT = Path(__file__).parents[2] / "data" / "make_sample.py"
FOLDER = finopsnb_sample.path()
METRICS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
AMOUNTS = ", ".join(f"cast({name} as decimal(38, 18)) as {name}" for name in METRICS)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A folder that the script has just written."""
    folder = tmp_path_factory.mktemp("made")
    subprocess.run([sys.executable, str(SCRIPT), str(folder)], check=True)
    return folder


@pytest.fixture(scope="session")
def con():
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    files, parquet = str(FOLDER / "focus" / "*.csv.gz"), str(FOLDER / "focus" / "*.parquet")
    connection.execute(
        f"create table costs as select * replace ({AMOUNTS}, cast(ChargePeriodStart as timestamptz) as ChargePeriodStart, "
        "cast(ChargePeriodEnd as timestamptz) as ChargePeriodEnd, cast(BillingPeriodStart as timestamptz) as "
        "BillingPeriodStart, cast(BillingPeriodEnd as timestamptz) as BillingPeriodEnd) from ("
        f"select * from read_csv('{files}', all_varchar = true, union_by_name = true, filename = true) "
        f"union all by name select * from read_parquet('{parquet}', filename = true))"
    )
    return connection
