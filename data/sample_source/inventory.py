"""What the invented companies run: the price list, the inventory, the commitments and the planted events, as data.

Larkspur Outfitters is a web shop on AWS with its back office on Microsoft's cloud (billed in EUR); Tern & Tide
Analytics is the small company that it bought, on Google Cloud. Nothing here names a real customer.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

FIRST, END = date(2025, 10, 1), date(2026, 11, 1)
PROVIDERS = ("AWS", "Microsoft", "Google Cloud")
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Account:
    """A provider's billing account: who bills, in which currency, at which discount and tax."""

    provider: str
    billing_id: str
    billing_name: str
    billing_type: str
    sub_type: str
    currency: str
    discount: Decimal
    tax: Decimal
    places: int
    issuer: str
    sub_accounts: dict[str, str]


@dataclass(frozen=True)
class Price:
    """One SKU of a price list; ``places`` of the account times those of the price give the bill's exact decimals."""

    provider: str
    sku: str
    service: str
    category: str
    subcategory: str
    meter: str
    description: str
    unit: str
    price: Decimal
    resource_type: str
    pricing: str
    details: dict[str, str]


@dataclass(frozen=True)
class Meter:
    """One resource measured by one SKU; ``quantity`` is what it uses on an average day, ‰ the rest."""

    price: Price
    account: str
    region: str
    zone: str
    name: str
    quantity: Decimal
    growth: int
    weekend: int
    noise: int
    shape: str
    start: date
    stop: date
    tags: dict[str, str]


@dataclass(frozen=True)
class Commitment:
    """A commitment discount: so much a day (money for Spend, hours for Usage), used by the SKUs it names."""

    provider: str
    identity: str
    name: str
    kind: str
    category: str
    skus: tuple[str, ...]
    region: str
    a_day: Decimal
    rate: Decimal
    start: date
    stop: date
    paid: str

    @property
    def spend(self) -> bool:
        return self.category == "Spend"


ACCOUNTS = {
    "AWS": Account(
        "AWS", "004810275539", "Larkspur Outfitters", "Management Account", "Account", "USD",
        Decimal("1"), Decimal("0.045"), 4, "Amazon Web Services, Inc.",
        {
            "004810275539": "larkspur-management",
            "017734902218": "shop-production",
            "000913346127": "shop-staging",
            "061155820934": "data-platform",
        },
    ),
    "Microsoft": Account(
        "Microsoft", "00871263", "Larkspur Outfitters Europe", "Billing Account", "Subscription", "EUR",
        Decimal("0.95"), Decimal("0.19"), 6, "Microsoft",
        {
            "0a4c1f60-52d1-4b1e-9c55-7f1e2b90d311": "Europe production",
            "0097b3d2-1e5a-4c0f-8f4d-3b6f0ce1a904": "Europe development",
        },
    ),
    "Google Cloud": Account(
        "Google Cloud", "01D4E7-5B20AC-9F3310", "Tern & Tide Analytics", "Billing Account", "Project", "USD",
        Decimal("0.92"), Decimal("0"), 6, "Google Cloud",
        {"larkspur-insights-0427": "Larkspur insights", "tern-tide-sandbox": "Tern & Tide sandbox"},
    ),
}  # fmt: skip

COMMITMENTS = (
    Commitment(
        "AWS", "arn:aws:savingsplans::004810275539:savingsplan/0b1f7a52-90c4-4e0d-8a61-2f5b7d3c9e10",
        "Compute Savings Plan, 1 year, no upfront", "Savings Plan", "Spend", ("EC2M6IX", "EC2C6I2", "EC2M6IL"), "",
        Decimal("48.00"), Decimal("0.72"), FIRST, END, "daily",
    ),
    Commitment(
        "AWS", "arn:aws:rds:eu-west-1:004810275539:ri:orders-and-catalogue-2025",
        "db.r6g.xlarge x 3, 1 year, no upfront", "Reserved Instance", "Usage", ("RDSR6GX",), "eu-west-1",
        Decimal("72"), Decimal("0.65"), FIRST, END, "monthly",
    ),
    Commitment(
        "Microsoft", "/providers/Microsoft.Capacity/reservationOrders/00d5a1c7-6a0e-47a5-b7ce-5b2f8a9471f3",
        "Standard_D4s_v5 x 4, 1 year, all upfront", "Reservation", "Usage", ("DZH318Z0BNZH",), "westeurope",
        Decimal("96"), Decimal("0.63"), date(2025, 11, 1), END, "upfront",
    ),
    Commitment(
        "Google Cloud", "projects/larkspur-insights-0427/regions/europe-west1/commitments/spark-cores",
        "N2 cores x 28, 1 year", "Committed Use Discount", "Usage", ("C4F1-2A77-90B1",), "europe-west1",
        Decimal("672"), Decimal("0.57"), date(2026, 1, 1), END, "daily",
    ),
)  # fmt: skip

#: resource name, SKU, first day, day after the last, factor in ‰, what it is
EVENTS: tuple[tuple[str, str, date, date, int, str], ...] = (
    ("sales_mart", "2B1F-09AE-6C33", date(2026, 8, 18), date(2026, 8, 19), 9000, "spike"),
    ("nat-prod", "NATGB", date(2026, 3, 11), date(2026, 3, 13), 6000, "spike"),
    ("portal-cosmos", "DZH318Z0BP04", date(2026, 7, 7), date(2026, 7, 8), 5000, "spike"),
    ("prod-logs", "CWLOGS", date(2026, 5, 12), date(2026, 6, 9), 2200, "level shift"),
    ("shop-cdn", "CFOUT", date(2025, 11, 28), date(2025, 12, 1), 1900, "season"),
    ("assistant", "BRKIN", date(2026, 10, 1), END, 1450, "step"),
    ("assistant", "BRKOUT", date(2026, 10, 1), END, 1450, "step"),
)

#: resources that cost money and serve nobody, for those who look for idle ones
IDLE = {
    "loadtest-left-over-1": "volume attached to nothing since its instance went",
    "loadtest-left-over-2": "volume attached to nothing since its instance went",
    "old-stage-alb": "load balancer without any traffic",
    "disk-of-deleted-box-1": "disk of a deleted machine",
    "disk-of-deleted-box-2": "disk of a deleted machine",
    "disk-of-deleted-box-3": "disk of a deleted machine",
    "unused-ip-1": "public address attached to nothing",
    "unused-ip-2": "public address attached to nothing",
    "forgotten-notebook": "machine of a sandbox, running day and night",
}


@cache
def prices() -> dict[str, Price]:
    """The price lists, by SKU."""
    return {row["sku"]: _price(row) for row in _rows("prices.csv")}


@cache
def meters() -> tuple[Meter, ...]:
    """The inventory; a row with a count of three is three resources."""
    return tuple(_meter(row, number) for row in _rows("inventory.csv") for number in range(1, int(row["count"]) + 1))


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _price(row: dict[str, str]) -> Price:
    values = {key: text for key, text in row.items() if key not in {"price", "details"}}
    return Price(price=Decimal(row["price"]), details=_pairs(row["details"]), **values)


def _meter(row: dict[str, str], number: int) -> Meter:
    name = row["name"] if row["count"] == "1" else f"{row['name']}-{number}"
    return Meter(
        price=prices()[row["sku"]],
        account=row["account"],
        region=row["region"],
        zone=row["zone"],
        name=name,
        quantity=Decimal(row["quantity"]),
        growth=int(row["growth"]),
        weekend=int(row["weekend"]),
        noise=int(row["noise"]),
        shape=row["shape"],
        start=date.fromisoformat(row["start"]) if row["start"] else FIRST,
        stop=date.fromisoformat(row["stop"]) if row["stop"] else END,
        tags=_pairs(row["tags"]),
    )


def _pairs(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split(";") if pair)
