"""A small tenancy on Oracle Cloud: three hourly cost reports over the end of a month, with a correction of the month before.

Times are written in two ways in one row, small amounts with an exponent, and each tag is a column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

from identities import short
from native_facts import categories, told, total
from writing import plain, write_csv

Row = dict[str, str]
HOUR = timedelta(hours=1)
FIRST_DAYS = tuple(datetime(2026, month, day, tzinfo=UTC) for month, day in ((9, 30), (10, 1), (10, 2)))
SCALE = Decimal("1e-18")
TENANCY = "ocid1.tenancy.oc1..aaaaaaaalarkspurmaps00417"
SUBSCRIPTION = "ocid1.organizationssubscription.oc1.eu-frankfurt-1.amaaaaaalarkspurmaps00417"
REGION = "eu-frankfurt-1"
COMPARTMENTS = {"maps-prod": "ocid1.compartment.oc1..aaaaaaaamapsprod", "maps-dev": "ocid1.compartment.oc1..aaaaaaaamapsdev"}
#: the hours that were measured twice; they are taken back on the last day
CORRECTED = ("tiles-1", range(6, 10))

COLUMNS = (
    "lineItem/referenceNo", "lineItem/tenantId", "lineItem/intervalUsageStart", "lineItem/intervalUsageEnd", "product/service",
    "product/compartmentId", "product/compartmentName", "product/region", "product/availabilityDomain", "product/resourceId",
    "usage/billedQuantity", "usage/billedQuantityOverage", "cost/subscriptionId", "cost/productSku", "product/Description",
    "cost/unitPrice", "cost/unitPriceOverage", "cost/myCost", "cost/myCostOverage", "cost/currencyCode", "cost/billingUnitReadable",
    "cost/skuUnitDescription", "cost/overageFlag", "lineItem/isCorrection", "lineItem/backreferenceNo", "tags/Larkspur.team",
    "tags/Larkspur.environment", "tags/Oracle-Tags.CreatedBy", "tags/application",
)  # fmt: skip


@dataclass(frozen=True)
class Resource:
    """What one resource uses in an hour of one product; ``growth`` in ‰ more each hour of the day."""

    name: str
    service: str
    kind: str
    compartment: str
    domain: str
    sku: str
    product: str
    unit: str
    block: str
    price: Decimal
    quantity: Decimal
    growth: int
    team: str
    application: str


RESOURCES = tuple(
    Resource(*words[:9], Decimal(words[9]), Decimal(words[10]), int(words[11]), words[12], words[13])
    for words in (
        ("tiles-1", "COMPUTE", "instance", "maps-prod", "AD-1", "B93113", "Standard - E4 - OCPU", "OCPU Hours",
         "1 NONE HOURS OCPU", "0.023250000000000000", "4", "0", "maps", "tiles"),
        ("tiles-1", "COMPUTE", "instance", "maps-prod", "AD-1", "B93114", "Standard - E4 - Memory", "GB Hours",
         "1 GiB HOURS MEMORY", "0.001395000000000000", "32", "0", "maps", "tiles"),
        ("tiles-data", "BLOCK_STORAGE", "volume", "maps-prod", "AD-1", "B91961", "Block Volume - Storage", "GB Months",
         "1 GiB MONTHS STORAGE_SIZE", "0.023715000000000000", "0.268817204301", "0", "maps", "tiles"),
        ("geo", "DATABASE", "autonomousdatabase", "maps-prod", "AD-1", "B95702", "Autonomous Transaction Processing - ECPU",
         "ECPU Hours", "1 NONE HOURS ECPU", "0.312480000000000000", "2", "12", "maps", "geo"),
        ("satellite", "OBJECTSTORE", "bucket", "maps-prod", "", "B91628", "Object Storage - Storage", "GB Months",
         "1 GiB MONTHS STORAGE_SIZE", "0.023715000000000000", "0.000004113000", "3", "data", ""),
        ("oci_compute", "TELEMETRY", "", "maps-prod", "", "B90926", "Monitoring - Retrieval", "Million Datapoints",
         "1000000 NONE NONE DATAPOINTS", "0.001395000000000000", "0.000036000000", "0", "", ""),
        ("sandbox", "COMPUTE", "instance", "maps-dev", "AD-2", "B93113", "Standard - E4 - OCPU", "OCPU Hours",
         "1 NONE HOURS OCPU", "0.023250000000000000", "1", "0", "", ""),
        ("free-a1", "COMPUTE", "instance", "maps-dev", "AD-2", "B93297", "Standard - A1 - OCPU - Always Free", "OCPU Hours",
         "1 NONE HOURS OCPU", "0.000000000000000000", "4", "0", "maps", ""),
    )
)  # fmt: skip


def write(folder: Path) -> dict[str, Any]:
    """A report for each day; returns the facts by format."""
    days = {first: list(_day(first)) for first in FIRST_DAYS}
    days[FIRST_DAYS[-1]] += list(_corrections())
    files = {}
    for number, rows in enumerate(days.values(), start=1):
        name = f"reports_cost-csv_00010000001{number:05d}.csv.gz"
        files[name] = write_csv(folder / "oracle-cloud" / name, COLUMNS, rows)
    return {"oracle-cloud": _facts(files, [row for rows in days.values() for row in rows])}


def _day(first: datetime) -> Iterator[Row]:
    for number in range(24):
        for resource in RESOURCES:
            yield _row(resource, first + HOUR * number, _quantity(resource, number))


def _quantity(resource: Resource, hour: int) -> Decimal:
    return (resource.quantity * (1000 + resource.growth * hour) / 1000).quantize(Decimal("1e-12"), ROUND_HALF_EVEN)


def _corrections() -> Iterator[Row]:
    name, hours = CORRECTED
    for number in hours:
        start = FIRST_DAYS[0] + HOUR * number
        for resource in (one for one in RESOURCES if one.name == name):
            of = _reference(resource, start)
            again = {"lineItem/referenceNo": short(f"correction:{of}", 32), "lineItem/backreferenceNo": of}
            yield _row(resource, start, -_quantity(resource, number)) | again | {"lineItem/isCorrection": "true"}


def _reference(resource: Resource, start: datetime) -> str:
    return short(f"{resource.name}:{resource.sku}:{start}", 32)


def _row(resource: Resource, start: datetime, quantity: Decimal) -> Row:
    identity = f"ocid1.{resource.kind}.oc1.{REGION}.anth{short(resource.name, 24)}" if resource.kind else resource.name
    return {
        "lineItem/referenceNo": _reference(resource, start),
        "lineItem/tenantId": TENANCY,
        "lineItem/intervalUsageStart": f"{start:%Y-%m-%dT%H:%MZ}",
        "lineItem/intervalUsageEnd": f"{start + HOUR:%Y-%m-%dT%H:%M:%SZ}",
        "product/service": resource.service,
        "product/compartmentId": COMPARTMENTS[resource.compartment],
        "product/compartmentName": resource.compartment,
        "product/region": REGION,
        "product/availabilityDomain": resource.domain,
        "product/resourceId": identity,
        "usage/billedQuantity": str(quantity.quantize(SCALE)),
        "cost/subscriptionId": SUBSCRIPTION,
        "cost/productSku": resource.sku,
        "product/Description": resource.product,
        "cost/unitPrice": str(resource.price),
        "cost/myCost": str(_cost(resource, quantity)),
        "cost/currencyCode": "EUR",
        "cost/billingUnitReadable": resource.block,
        "cost/skuUnitDescription": resource.unit,
        "cost/overageFlag": "false",
        "lineItem/isCorrection": "false",
        **_tags(resource),
    }


def _cost(resource: Resource, quantity: Decimal) -> Decimal:
    """Exact in 18 decimals: quantities have 12 and prices 6."""
    return (quantity * resource.price).quantize(SCALE)


def _tags(resource: Resource) -> Row:
    if not resource.team:
        return {}
    made = {"tags/Larkspur.team": resource.team, "tags/Oracle-Tags.CreatedBy": f"default/{resource.team}@larkspur.example"}
    return {**made, "tags/Larkspur.environment": resource.compartment.removeprefix("maps-"), "tags/application": resource.application}


def _facts(files: dict[str, int], rows: list[Row]) -> dict[str, Any]:
    corrected = [row for row in rows if row["lineItem/isCorrection"] == "true"]
    return told(
        files,
        [total(SUBSCRIPTION, month, "EUR", *[_billed(_of(rows, f"{month:%Y-%m}"))] * 2) for month in _months()],
        categories("Usage" for _ in rows),
        special={
            "tenant": TENANCY,
            "corrections": {"rows": len(corrected), "BilledCost": plain(_billed(corrected))},
            "free": sum(1 for row in rows if not Decimal(row["cost/myCost"])),
            "with_exponent": sum(1 for row in rows if "E" in row["cost/myCost"]),
            "services": {name: plain(_billed(part)) for name, part in _by(rows, "product/service").items()},
            "compartments": {name: plain(_billed(part)) for name, part in _by(rows, "product/compartmentName").items()},
            "untagged": plain(_billed([row for row in rows if not any(row.get(name) for name in COLUMNS if name.startswith("tags/"))])),
        },
    )


def _months() -> list[datetime]:
    return sorted({day.replace(day=1) for day in FIRST_DAYS})


def _of(rows: list[Row], month: str) -> list[Row]:
    return [row for row in rows if row["lineItem/intervalUsageStart"].startswith(month)]


def _by(rows: list[Row], column: str) -> dict[str, list[Row]]:
    return {name: [row for row in rows if row[column] == name] for name in sorted({row[column] for row in rows})}


def _billed(rows: list[Row]) -> Decimal:
    return sum((Decimal(row["cost/myCost"]) for row in rows), Decimal(0))
