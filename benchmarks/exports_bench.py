"""Collecting native bills, against DuckDB alone: python benchmarks/exports_bench.py [--rows 1000000]

finopsnb reads, converts, checks and stores. DuckDB alone reads the same file in two ways: into a table of the columns that finopsnb
stores, by one statement that is the conversion without anything around it, and into a table of the columns of the file, as they are, in
the types that it finds. All write to a file, in turns, and both ratios have the goal. For those who want to know how far it could go, the
second is told for the columns that the conversion reads, with their types, too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median

import duckdb
from _measure import Figure, report

import finopsnb
from finopsnb.plugins import registry
from finopsnb.plugins.exports import CostExport, Raw
from finopsnb.plugins.exports import conversion as conversions
from finopsnb.plugins.files import read_file

GOAL = 2.0
TYPES = {"number": "DECIMAL(38,18)", "instant": "TIMESTAMPTZ", "day": "VARCHAR"}

#: one line of each bill, as SQL; r is the number of the row
AWS = {
    "identity/LineItemId": "md5(r::varchar)",
    "identity/TimeInterval": "'2026-10-01T00:00:00Z/2026-10-02T00:00:00Z'",
    "bill/InvoiceId": "''",
    "bill/InvoicingEntity": "'Amazon Web Services, Inc.'",
    "bill/BillType": "'Anniversary'",
    "bill/PayerAccountId": "'004810275539'",
    "bill/BillingPeriodStartDate": "'2026-10-01T00:00:00Z'",
    "bill/BillingPeriodEndDate": "'2026-11-01T00:00:00Z'",
    "lineItem/UsageAccountId": "lpad((r % 40)::varchar, 12, '0')",
    "lineItem/LineItemType": "case when r % 97 = 0 then 'Tax' when r % 11 = 0 then 'SavingsPlanCoveredUsage' else 'Usage' end",
    "lineItem/UsageStartDate": "strftime(timestamp '2026-10-01' + to_hours((r % 720)::int), '%Y-%m-%dT%H:%M:%SZ')",
    "lineItem/UsageEndDate": "strftime(timestamp '2026-10-01 01:00:00' + to_hours((r % 720)::int), '%Y-%m-%dT%H:%M:%SZ')",
    "lineItem/ProductCode": "['AmazonEC2', 'AmazonS3', 'AmazonRDS', 'AWSLambda', 'AmazonVPC'][r % 5 + 1]",
    "lineItem/UsageType": "'EUW1-Type' || r % 300",
    "lineItem/Operation": "'Operation' || r % 50",
    "lineItem/AvailabilityZone": "'eu-west-1' || chr((97 + r % 3)::int)",
    "lineItem/UsageAmount": "((r % 1000) / 8)::varchar",
    "lineItem/CurrencyCode": "'USD'",
    "lineItem/UnblendedRate": "'0.0' || 1 + r % 97",
    "lineItem/UnblendedCost": "(r % 100003)::varchar || '.' || lpad((r * 7919 % 10000000000)::varchar, 10, '0')",
    "lineItem/LineItemDescription": "'$0.0' || r % 97 || ' per unit of usage in the region'",
    "lineItem/LegalEntity": "'Amazon Web Services, Inc.'",
    "lineItem/ResourceId": "'arn:aws:ec2:eu-west-1:004810275539:instance/i-' || r % 5000",
    "product/ProductName": "['Amazon EC2', 'Amazon Simple Storage Service', 'Amazon RDS', 'AWS Lambda', 'Amazon VPC'][r % 5 + 1]",
    "product/location": "'EU (Ireland)'",
    "product/regionCode": "'eu-west-1'",
    "product/servicecode": "['AmazonEC2', 'AmazonS3', 'AmazonRDS', 'AWSLambda', 'AmazonVPC'][r % 5 + 1]",
    "product/sku": "'SKU' || r % 300",
    "product/usagetype": "'EUW1-Type' || r % 300",
    "pricing/RateCode": "'RATE' || r % 300",
    "pricing/currency": "'USD'",
    "pricing/publicOnDemandCost": "(r % 100003)::varchar || '.' || lpad((r * 7919 % 10000000000)::varchar, 10, '0')",
    "pricing/publicOnDemandRate": "'0.0' || 1 + r % 97",
    "pricing/term": "'OnDemand'",
    "pricing/unit": "'Hrs'",
    "savingsPlan/SavingsPlanARN": "case when r % 11 = 0 then 'arn:aws:savingsplans::004810275539:savingsplan/1' end",
    "savingsPlan/SavingsPlanEffectiveCost": "case when r % 11 = 0 then '0.' || r % 1000 end",
    "resourceTags/user:team": "case when r % 3 > 0 then 'team-' || r % 30 end",
    "resourceTags/user:environment": "case when r % 4 > 0 then ['prod', 'test', 'dev'][r % 3 + 1] end",
    **{f"product/other{i}": "''" if i % 3 else f"'value {i}'" for i in range(50)},
}
AZURE = {
    "BillingAccountId": "'8611537'",
    "BillingAccountName": "'Example'",
    "BillingPeriodStartDate": "'10/01/2026'",
    "BillingPeriodEndDate": "'10/31/2026'",
    "BillingProfileId": "'8611537'",
    "SubscriptionId": "'1caaa5a3-2b66-438e-8ab4-' || lpad((r % 40)::varchar, 12, '0')",
    "SubscriptionName": "'Subscription ' || r % 40",
    "Date": "strftime(date '2026-10-01' + (r % 31)::int, '%m/%d/%Y')",
    "Product": "'Virtual Machines BS Series - B1s - ' || r % 300",
    "PartNumber": "'AAA-' || r % 300",
    "MeterId": "'f31064a2-ed95-4e11-8b69-' || lpad((r % 300)::varchar, 12, '0')",
    "ServiceFamily": "'Compute'",
    "MeterCategory": "['Virtual Machines', 'Storage', 'Azure SQL Database', 'Bandwidth'][r % 4 + 1]",
    "MeterSubCategory": "'BS Series'",
    "MeterRegion": "'UK South'",
    "MeterName": "'B1s ' || r % 300",
    "Quantity": "((r % 1000) / 8)::varchar",
    "EffectivePrice": "'0.0' || 1 + r % 97",
    "Cost": "(r % 100003)::varchar || '.' || lpad((r * 7919 % 10000000000)::varchar, 10, '0')",
    "UnitPrice": "'0.0' || 1 + r % 97",
    "BillingCurrency": "'EUR'",
    "ResourceLocation": "'uksouth'",
    "ConsumedService": "['Microsoft.Compute', 'Microsoft.Storage', 'Microsoft.Sql', 'Microsoft.Network'][r % 4 + 1]",
    "ResourceId": "'/subscriptions/1caaa5a3/resourceGroups/G' || r % 100 || '/providers/Microsoft.Compute/virtualMachines/v' || r % 5000",
    "ResourceName": "'vm-' || r % 5000",
    "AdditionalInfo": '\'{"UsageType":"ComputeHR","VCPUs":2}\'',
    "Tags": '\'"team": "team-\' || r % 30 || \'","env": "prod"\'',
    "CostCenter": "'ACM9000'",
    "UnitOfMeasure": "['1 Hour', '10K', '1 GB/Month', '100 Hours'][r % 4 + 1]",
    "ResourceGroup": "'Group' || r % 100",
    "ReservationId": "''",
    "ChargeType": "'Usage'",
    "Frequency": "'UsageBased'",
    "PublisherType": "'Azure'",
    "PublisherName": "'Microsoft'",
    "PayGPrice": "'0.0' || 2 + r % 97",
    "PricingModel": "'OnDemand'",
    "benefitId": "''",
    "benefitName": "''",
    **{f"ServiceInfo{i}": "''" if i % 2 else f"'info {i}'" for i in range(1, 16)},
}
BILLS = {"aws-cur": ("cur.csv", AWS), "azure-exports": ("ea_amortized.csv", AZURE)}


def write(path: Path, columns: dict[str, str], rows: int) -> None:
    """A bill of so many lines, the same on each run."""
    selected = ", ".join(f'({value})::varchar as "{name}"' for name, value in columns.items())
    with closing(duckdb.connect()) as connection:
        connection.execute(f"copy (select {selected} from range({rows}) t(r)) to '{path}' (header)")


def by_finopsnb(plugin: str, path: Path, folder: Path) -> float:
    """Seconds to read, convert, check and store."""
    with finopsnb.open(folder / f"ours-{time.monotonic_ns()}.duckdb") as session:
        session.load(plugin, path=str(path))
        start = time.perf_counter()
        session.collect(plugin, frames="none")
        seconds = time.perf_counter() - start
        assert session.sql("select count(*) as n from costs").n.item() > 0
    return seconds


def by_duckdb(path: Path, folder: Path, names: list[str], types: dict[str, str] | None = None) -> float:
    """Seconds to read the file into a table of a file: all columns in the types that DuckDB finds, or those of ``types``."""
    if types is None:
        source, chosen = f"read_csv('{path}')", "*"
    else:
        told = ", ".join(f"'{name}': '{types.get(name, 'VARCHAR')}'" for name in names)
        source, chosen = f"read_csv('{path}', columns = {{{told}}}, header = true)", ", ".join(f'"{name}"' for name in types)
    with closing(duckdb.connect(folder / f"theirs-{time.monotonic_ns()}.duckdb")) as connection:
        connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'; set preserve_insertion_order = false")
        start = time.perf_counter()
        connection.execute(f"create table t as select {chosen} from {source}")
        connection.execute("checkpoint")
        return time.perf_counter() - start


def by_one_statement(folder: Path, stored: dict[str, str], read: str, convert: str) -> float:
    """Seconds to read the file into a table of the columns that finopsnb ``stored``, nothing checked, nothing set aside."""
    described = ", ".join(f'"{name}" {kind}' for name, kind in stored.items())
    with closing(duckdb.connect(folder / f"theirs-{time.monotonic_ns()}.duckdb")) as connection:
        connection.execute("set enable_progress_bar = false; set TimeZone = 'UTC'; set preserve_insertion_order = false")
        made = connection.sql(f"describe with _incoming as ({read}) {convert}").fetchall()
        names = ", ".join(f'"{name}"' for name, *_ in made if name in stored)
        start = time.perf_counter()
        connection.execute(f"create table t ({described})")
        connection.execute(f"insert into t ({names}) with _incoming as ({read}) select {names} from ({convert})")
        connection.execute("checkpoint")
        return time.perf_counter() - start


def columns_stored(plugin: str, path: Path, folder: Path) -> dict[str, str]:
    """The columns that a bill is stored in, with their types; tags as the text that they are made of."""
    with finopsnb.open(folder / "stored.duckdb") as session:
        session.load(plugin, path=str(path))
        session.collect(plugin, frames="none")
        described = session._store._database.con.execute("describe cost_rows").fetchall()
    return {name: kind for name, kind, *_ in described} | {"Tags": "VARCHAR"}


def statements(plugin: str, path: Path, names: list[str]) -> tuple[str, str]:
    """What reads the columns that the conversion reads, and the conversion of them, as SQL."""
    loaded = registry.get_plugin(plugin)
    assert isinstance(loaded, CostExport)
    (file,) = loaded.find()
    wanted = list(columns_read(plugin, names))
    schema = next(iter(read_file(file, columns=lambda _: wanted))).schema
    places = conversions._places(schema.names)
    chosen = ", ".join(f'"{name}" as {places[name]}' for name in schema.names if name in names)
    helpers = "0::bigint as _line, null::varchar as _reason, null::varchar as _raw"
    read = f"select {chosen}, {helpers} from read_csv('{path}', all_varchar = true, header = true)"
    return read, conversions._prepare(loaded.convert, schema, loaded.variant(file)).first


def columns_read(plugin: str, names: list[str]) -> dict[str, str]:
    """The columns that a conversion reads, with the types that it reads them as."""
    loaded = registry.get_plugin(plugin)
    assert isinstance(loaded, CostExport)
    raw, files = Raw(tuple(names)), loaded.find()
    loaded.prepare(files)
    loaded.convert(raw, loaded.variant(files[0]))
    types = {column: "VARCHAR" for read in raw.reads for column in read.columns}
    return types | {column: TYPES.get(read.kind, "VARCHAR") for read in raw.reads for column in read.columns if read.kind in TYPES}


def figures(plugin: str, rows: int, rounds: int) -> list[Figure]:
    """The ratios of one bill."""
    name, columns = BILLS[plugin]
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        path = folder / name
        write(path, columns, rows)
        by_finopsnb(plugin, path, folder)  # compiles the conversion, and loads the plugin
        names = list(columns)
        typed, stored = columns_read(plugin, names), columns_stored(plugin, path, folder)
        read, convert = statements(plugin, path, names)
        ways: list[Callable[[], float]] = [
            lambda: by_finopsnb(plugin, path, folder),
            lambda: by_one_statement(folder, stored, read, convert),
            lambda: by_duckdb(path, folder, names),
            lambda: by_duckdb(path, folder, names, typed),
        ]
        ours, converted, same, least = zip(*[[way() for way in ways] for _ in range(rounds)], strict=True)
    only = f"; {median(ours) / median(least):.2f}x of only the {len(typed)} of {len(names)} that are read"
    what = f"{plugin}: {rows:,} lines, convert + check + store, against DuckDB into"
    return [
        against(f"{what} the {len(stored)} columns stored", ours, converted),
        against(f"{what} the {len(names)} columns of the file", ours, same, only),
    ]


def against(what: str, ours: tuple[float, ...], theirs: tuple[float, ...], more: str = "") -> Figure:
    """The median of the ratios of each round."""
    ratio = median(one / other for one, other in zip(ours, theirs, strict=True))
    return Figure(what, ratio, GOAL, "x", detail=f"{median(ours):.1f} s, DuckDB {median(theirs):.1f} s{more}")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--bill", choices=sorted(BILLS), nargs="*", default=sorted(BILLS))
    given = arguments.parse_args()
    return report([figure for plugin in given.bill for figure in figures(plugin, given.rows, given.rounds)])


if __name__ == "__main__":
    sys.exit(main())
