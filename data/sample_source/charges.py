"""From the inventory to the lines of a bill: usage, commitments, credits, refunds and tax, in exact decimals.

Every number comes from whole-number arithmetic on a hash of (seed, resource, day), so that one more resource changes
no other line, and every machine makes the same bytes. Quantities times prices are exact: nothing is rounded but tax.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from inventory import ACCOUNTS, COMMITMENTS, END, EVENTS, FIRST, Commitment, Meter, meters, prices

SEED = 20251001
DAY = timedelta(days=1)
ZERO = Decimal(0)
WEEKDAYS = (1015, 1030, 1035, 1025, 1000, 950, 945)
MONTHS = {11: 1070, 12: 1110, 1: 960, 2: 970, 7: 975, 8: 970}


@dataclass(frozen=True)
class Costs:
    """The four amounts of a line, in the billing currency."""

    billed: Decimal
    effective: Decimal
    listed: Decimal
    contracted: Decimal


@dataclass(frozen=True)
class Line:
    """One line of a bill; ``meter`` is None for what belongs to an account and not to a resource."""

    provider: str
    account: str
    start: date
    end: date
    category: str
    costs: Costs
    description: str
    service: tuple[str, str, str]
    meter: Meter | None = None
    quantity: Decimal | None = None
    frequency: str = "Usage-Based"
    correction: bool = False
    commitment: Commitment | None = None
    status: str = ""
    committed: Decimal | None = None
    billing_month: date | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def month(self) -> date:
        return self.billing_month or self.start.replace(day=1)


def lines(provider: str) -> list[Line]:
    """The bill of one provider over all months, ordered by billing month, resource and day."""
    usage = [line for day in days(FIRST, END) for line in _day(provider, day)]
    fixed = [*usage, *_purchases(provider), *_credits(provider), *_refunds(provider)]
    bill = [*fixed, *_tax(provider, fixed)]
    return sorted(bill, key=lambda line: (line.month, _place(line), line.start, line.status))


def _place(line: Line) -> tuple[bool, str, str, str]:
    meter = line.meter
    return (meter is None, meter.name if meter else line.description, meter.price.sku if meter else "", line.category)


def days(start: date, stop: date) -> Iterator[date]:
    """Each day from ``start`` to the day before ``stop``."""
    return (start + DAY * number for number in range((stop - start).days))


def month_after(day: date) -> date:
    """The first day of the next month."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months() -> list[date]:
    """The first days of all months of the sample."""
    return [day for day in days(FIRST, END) if day.day == 1]


def quantity(meter: Meter, day: date) -> Decimal:
    """What the meter shows on a day, with the places that its provider writes; 0 where nothing runs."""
    if not meter.start <= day < meter.stop or (meter.shape == "office" and day.weekday() > 4):
        return ZERO
    places = Decimal(1).scaleb(-ACCOUNTS[meter.price.provider].places)
    return (meter.quantity * _factor(meter, day)).quantize(places, ROUND_HALF_EVEN)


def _factor(meter: Meter, day: date) -> Decimal:
    factor = Decimal(1)
    if meter.shape in {"usage", "storage"}:
        factor += Decimal(meter.growth * (day - meter.start).days) / 30_000
    if meter.shape == "usage":
        weekend = meter.weekend if day.weekday() > 4 else 1000
        factor *= Decimal(WEEKDAYS[day.weekday()] * weekend * MONTHS.get(day.month, 1000)) / 10**9
        factor *= 1 + Decimal(meter.noise * _noise(meter, day)) / 10**6
    for name, sku, start, stop, change, _ in EVENTS:
        if (meter.name, meter.price.sku) == (name, sku) and start <= day < stop:
            factor *= Decimal(change) / 1000
    return factor


def _noise(meter: Meter, day: date) -> int:
    """Between -1000 and 1000, near 0 more often; the same for the SKUs of one resource."""
    digest = hashlib.blake2b(f"{SEED}:{meter.account}:{meter.name}:{day}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest[:4]) % 1001) - (int.from_bytes(digest[4:]) % 1001)


def _day(provider: str, day: date) -> Iterator[Line]:
    """Usage of a day: commitments cover what they can, in the order of the inventory, the rest is on demand."""
    left = {c.identity: c.a_day for c in COMMITMENTS if c.provider == provider and c.start <= day < c.stop}
    for meter in meters():
        if meter.price.provider == provider and (amount := quantity(meter, day)):
            yield from _metered(meter, day, amount, left)
    for commitment in COMMITMENTS:
        if left.get(commitment.identity):
            yield _unused(commitment, day, left[commitment.identity])


def _metered(meter: Meter, day: date, amount: Decimal, left: dict[str, Decimal]) -> Iterator[Line]:
    for commitment in COMMITMENTS:
        if left.get(commitment.identity) and _applies(commitment, meter):
            covered = _covered(commitment, meter, amount, left[commitment.identity])
            line = _used(meter, day, covered, commitment)
            left[commitment.identity] -= line.committed or ZERO
            amount -= covered
            yield line
    if amount:
        yield _usage(meter, day, amount)


def _applies(commitment: Commitment, meter: Meter) -> bool:
    return meter.price.sku in commitment.skus and commitment.region in {"", meter.region}


def _covered(commitment: Commitment, meter: Meter, amount: Decimal, left: Decimal) -> Decimal:
    if not commitment.spend:
        return min(amount, left)
    places = Decimal(1).scaleb(-ACCOUNTS[commitment.provider].places)
    return min(amount, (left / (meter.price.price * commitment.rate)).quantize(places, ROUND_DOWN))


def _usage(meter: Meter, day: date, amount: Decimal, **changes: object) -> Line:
    contracted = amount * meter.price.price * ACCOUNTS[meter.price.provider].discount
    costs = Costs(contracted, contracted, amount * meter.price.price, contracted)
    return _line(meter, day, costs, quantity=amount, **changes)


def _used(meter: Meter, day: date, amount: Decimal, commitment: Commitment) -> Line:
    listed = amount * meter.price.price
    effective = listed * commitment.rate
    costs = Costs(ZERO, effective, listed, listed * ACCOUNTS[meter.price.provider].discount)
    committed = effective if commitment.spend else amount
    return _line(meter, day, costs, quantity=amount, commitment=commitment, status="Used", committed=committed)


def _line(meter: Meter, day: date, costs: Costs, **changes: object) -> Line:
    price = meter.price
    service = (price.service, price.category, price.subcategory)
    place = (price.provider, meter.account, day, day + DAY, "Usage", costs, price.description, service, meter)
    return Line(*place, **changes)  # type: ignore[arg-type]


def hourly(commitment: Commitment) -> Decimal:
    """The price of one committed unit: an hour of a machine, or one unit of money."""
    return Decimal(1) if commitment.spend else prices()[commitment.skus[0]].price * commitment.rate


def _commitment_line(commitment: Commitment, start: date, end: date, costs: Costs, **changes: object) -> Line:
    price = prices()[commitment.skus[0]]
    account = next(iter(ACCOUNTS[commitment.provider].sub_accounts))
    service = (price.service, price.category, price.subcategory)
    extra = {"name": commitment.name}
    place = (commitment.provider, account, start, end, str(changes.pop("category")), costs, commitment.name, service)
    return Line(*place, commitment=commitment, extra=extra, **changes)  # type: ignore[arg-type]


def _unused(commitment: Commitment, day: date, left: Decimal) -> Line:
    costs = Costs(ZERO, left * hourly(commitment), ZERO, ZERO)
    changes = {"category": "Usage", "status": "Unused", "committed": left, "quantity": left}
    return _commitment_line(commitment, day, day + DAY, costs, **changes)


def _purchases(provider: str) -> Iterator[Line]:
    for commitment in COMMITMENTS:
        if commitment.provider == provider:
            for start, end in _paid(commitment):
                amount = commitment.a_day * (end - start).days
                cost = amount * hourly(commitment)
                frequency = "One-Time" if commitment.paid == "upfront" else "Recurring"
                changes = {"category": "Purchase", "frequency": frequency, "committed": amount, "quantity": amount}
                yield _commitment_line(commitment, start, end, Costs(cost, ZERO, cost, cost), **changes)


def _paid(commitment: Commitment) -> list[tuple[date, date]]:
    if commitment.paid == "upfront":
        return [(commitment.start, commitment.stop)]
    every = list(days(commitment.start, commitment.stop))
    if commitment.paid == "daily":
        return [(day, day + DAY) for day in every]
    return [(day, month_after(day)) for day in every if day.day == 1]


#: provider, account, month, amount, what for
CREDITS = (
    *(("AWS", "017734902218", date(2025, month, 1), "500", "Migration programme credit") for month in (10, 11, 12)),
    *(("AWS", "017734902218", date(2026, month, 1), "350", "Migration programme credit") for month in (1, 2, 3)),
    *(("Google Cloud", "larkspur-insights-0427", date(2026, month, 1), "120", "Start-up credit") for month in (4, 5)),
)

#: resource, SKU, day of the charge, billing month, share of that day's usage given back
REFUNDS = (
    ("shop-cdn", "CFOUT", date(2026, 2, 11), date(2026, 2, 1), "0.5", "refund"),
    ("nat-prod", "NATGB", date(2026, 3, 11), date(2026, 4, 1), "0.75", "correction"),
    ("portal-cosmos", "DZH318Z0BP04", date(2026, 7, 7), date(2026, 8, 1), "0.5", "correction"),
    ("ad_hoc", "2B1F-09AE-6C33", date(2026, 6, 16), date(2026, 6, 1), "1", "refund"),
)


def _credits(provider: str) -> Iterator[Line]:
    for owner, account, month, amount, what in CREDITS:
        if owner == provider:
            cost = -Decimal(amount)
            price = next(meter.price for meter in meters() if meter.account == account)
            service = (price.service, price.category, price.subcategory)
            costs = Costs(cost, cost, cost, cost)
            yield Line(owner, account, month, month_after(month), "Credit", costs, what, service, frequency="One-Time")


def _refunds(provider: str) -> Iterator[Line]:
    for name, sku, day, month, share, kind in REFUNDS:
        meter = next(m for m in meters() if (m.name, m.price.sku) == (name, sku))
        if meter.price.provider == provider:
            places = Decimal(1).scaleb(-ACCOUNTS[provider].places)
            amount = -(quantity(meter, day) * Decimal(share)).quantize(places, ROUND_DOWN)
            yield _usage(meter, day, amount, correction=kind == "correction", billing_month=month)


def _tax(provider: str, bill: list[Line]) -> Iterator[Line]:
    """One line a month: the rate on each of the four amounts of that month."""
    account = ACCOUNTS[provider]
    if not account.tax:
        return
    by_month: dict[date, list[Costs]] = defaultdict(list)
    for line in bill:
        by_month[line.month].append(line.costs)
    for month, costs in sorted(by_month.items()):
        sums = (sum(column) * account.tax for column in zip(*map(_four, costs), strict=True))
        taxes = Costs(*(amount.quantize(Decimal("1e-10"), ROUND_HALF_EVEN) for amount in sums))
        place = (provider, next(iter(account.sub_accounts)), month, month_after(month))
        yield Line(*place, "Tax", taxes, f"Tax, {account.tax:.1%}", ("Tax", "Other", "Other (Other)"))


def _four(costs: Costs) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    return costs.billed, costs.effective, costs.listed, costs.contracted
