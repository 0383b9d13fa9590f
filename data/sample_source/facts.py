"""What a reader of the sample has to find, computed from the lines themselves; amounts are decimal text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from charges import DAY, SEED, Line, month_after, months, quantity
from identities import resource_id
from inventory import ACCOUNTS, COMMITMENTS, END, EVENTS, FIRST, IDLE, Meter, meters

Bills = Mapping[str, list[Line]]
METRICS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


def facts(bills: Bills, files: Mapping[str, tuple[str, int]]) -> dict[str, Any]:
    """All planted facts: how much there is, what it adds up to, and what happens in it."""
    everything = [line for bill in bills.values() for line in bill]
    return {
        "about": "Facts of the sample in this folder. Amounts are exact decimals as text, in the currency named.",
        "made_by": "data/make_sample.py",
        "seed": SEED,
        "period": {"start": str(FIRST), "end": str(END), "months": len(months()), "days": (END - FIRST).days},
        "files": {name: {"provider": provider, "rows": rows} for name, (provider, rows) in files.items()},
        "rows": {"total": len(everything), **{provider: len(bill) for provider, bill in bills.items()}},
        "currency": {provider: ACCOUNTS[provider].currency for provider in bills},
        "billing_account": {provider: ACCOUNTS[provider].billing_id for provider in bills},
        "resources": {provider: _resources(bill) for provider, bill in bills.items()},
        "totals": {provider: _by_month(bill) for provider, bill in bills.items()},
        "totals_by_currency": _grouped(everything, _currency),
        "charge_categories": {p: _sums(bill, lambda line: line.category) for p, bill in bills.items()},
        "services": {p: _sums(bill, lambda line: line.service[0]) for p, bill in bills.items()},
        **_events(everything),
        "movers": {currency: _movers(part) for currency, part in _parts(everything, _currency).items()},
        "untagged": _untagged(bills),
        "tags": _tags(everything),
        "commitments": [_commitment(commitment.identity, everything) for commitment in COMMITMENTS],
        "idle": _idle(bills),
    }


def text(amount: Decimal | int) -> str:
    """A decimal without exponent and trailing zeros."""
    return f"{Decimal(amount).normalize():f}" if amount else "0"


def _currency(line: Line) -> str:
    return ACCOUNTS[line.provider].currency


def _parts(bill: Iterable[Line], key: Callable[[Line], str]) -> dict[str, list[Line]]:
    parts: dict[str, list[Line]] = defaultdict(list)
    for line in bill:
        parts[key(line)].append(line)
    return dict(sorted(parts.items()))


def _total(bill: Iterable[Line]) -> Decimal:
    return sum((line.costs.billed for line in bill), Decimal(0))


def _sums(bill: Iterable[Line], key: Callable[[Line], str]) -> dict[str, str]:
    return {name: text(_total(part)) for name, part in _parts(bill, key).items()}


def _amounts(bill: list[Line]) -> dict[str, Any]:
    four = zip(*((c.billed, c.effective, c.listed, c.contracted) for c in (line.costs for line in bill)), strict=True)
    return {"rows": len(bill), **{name: text(sum(column)) for name, column in zip(METRICS, four, strict=True)}}


def _grouped(bill: Iterable[Line], key: Callable[[Line], str]) -> dict[str, Any]:
    return {name: _amounts(part) for name, part in _parts(bill, key).items()}


def _by_month(bill: list[Line]) -> dict[str, Any]:
    return {"all": _amounts(bill), **_grouped(bill, lambda line: f"{line.month:%Y-%m}")}


def _resources(bill: list[Line]) -> int:
    return len({resource_id(line.meter) for line in bill if line.meter})


def _find(name: str, sku: str) -> Meter:
    return next(meter for meter in meters() if (meter.name, meter.price.sku) == (name, sku))


def _events(everything: list[Line]) -> dict[str, Any]:
    return {
        "spikes": [_event(*event) for event in EVENTS if event[-1] == "spike"],
        "level_shifts": [_event(*event) for event in EVENTS if event[-1] == "level shift"],
        "seasons": [_event(*event) for event in EVENTS if event[-1] == "season"],
        "service_starts": _edges(everything, min, lambda day: day > FIRST),
        "service_stops": _edges(everything, max, lambda day: day < END - DAY),
        "credits": _sums((line for line in everything if line.category == "Credit"), lambda line: line.provider),
        "tax": _sums((line for line in everything if line.category == "Tax"), lambda line: line.provider),
        "refunds": [_refund(line) for line in everything if line.category == "Usage" and line.costs.billed < 0],
    }


def _event(name: str, sku: str, start: date, stop: date, factor: int, _: str) -> dict[str, Any]:
    """``cost`` is the billed usage of the meter on ``day``, its first day; ``usual`` what it would have been."""
    meter = _find(name, sku)
    cost = quantity(meter, start) * meter.price.price * ACCOUNTS[meter.price.provider].discount
    return {
        "day": str(start),
        "last_day": str(stop - DAY),
        "provider": meter.price.provider,
        "currency": ACCOUNTS[meter.price.provider].currency,
        "account": meter.account,
        "service": meter.price.service,
        "sku": sku,
        "resource": name,
        "factor": text(Decimal(factor) / 1000),
        "cost": text(cost),
        "usual": text((cost * 1000 / factor).quantize(Decimal("0.01"))),
    }


def _edges(everything: list[Line], edge: Callable[..., date], inside: Callable[[date], bool]) -> list[dict[str, str]]:
    usage = [line for line in everything if line.category == "Usage" and line.meter]
    parts = _parts(usage, lambda line: f"{line.provider}/{line.service[0]}")
    found = {name: edge(line.start for line in part) for name, part in parts.items()}
    return [{"provider": name.split("/")[0], "service": name.split("/")[1], "day": str(day)} for name, day in found.items() if inside(day)]


def _refund(line: Line) -> dict[str, Any]:
    return {
        "provider": line.provider,
        "resource": line.meter.name if line.meter else "",
        "charge_day": str(line.start),
        "billing_month": f"{line.month:%Y-%m}",
        "correction": line.correction,
        "cost": text(line.costs.billed),
    }


def _movers(bill: list[Line]) -> dict[str, Any]:
    """Billed cost by service in the last two billing months, the largest change first."""
    before, now = months()[-2:]
    sums: dict[str, dict[date, Decimal]] = defaultdict(lambda: {before: Decimal(0), now: Decimal(0)})
    for line in bill:
        if line.month in {before, now}:
            sums[line.service[0]][line.month] += line.costs.billed
    ranked = sorted(sums.items(), key=lambda item: (-abs(item[1][now] - item[1][before]), item[0]))
    services = [
        {"service": name, "before": text(two[before]), "now": text(two[now]), "change": text(two[now] - two[before])}
        for name, two in ranked
    ]
    return {"before": f"{before:%Y-%m}", "now": f"{now:%Y-%m}", "services": services}


def _untagged(bills: Bills) -> dict[str, Any]:
    """Usage rows that are charged for a resource; untagged are those without any tag."""
    return {provider: _share([line for line in bill if line.meter]) for provider, bill in bills.items()}


def _share(bill: list[Line]) -> dict[str, Any]:
    bare = [line for line in bill if line.meter and not line.meter.tags]
    cost, total = sum(line.costs.effective for line in bare), sum(line.costs.effective for line in bill)
    share = (Decimal(cost) / Decimal(total)).quantize(Decimal("0.000001"))
    return {"rows": len(bare), "EffectiveCost": text(cost), "of": text(total), "share": text(share)}


def _tags(everything: list[Line]) -> dict[str, dict[str, int]]:
    """Rows per value of each tag key, as written: ``Team`` and ``team`` are two keys here."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for line in everything:
        for key, value in (line.meter.tags if line.meter else {}).items():
            counts[key][value] += 1
    return {key: dict(sorted(values.items())) for key, values in sorted(counts.items())}


def _commitment(identity: str, everything: list[Line]) -> dict[str, Any]:
    own = [line for line in everything if line.commitment and line.commitment.identity == identity]
    used = sum((line.costs.effective for line in own if line.status == "Used"), Decimal(0))
    unused = sum((line.costs.effective for line in own if line.status == "Unused"), Decimal(0))
    bought = [line for line in own if line.category == "Purchase"]
    kind = own[0].commitment
    return {
        "CommitmentDiscountId": identity,
        "provider": own[0].provider,
        "type": kind.kind if kind else "",
        "currency": _currency(own[0]),
        "used": text(used),
        "unused": text(unused),
        "bought": text(_total(bought)),
        "purchases": len(bought),
        "utilisation": text((used / (used + unused)).quantize(Decimal("0.000001"))),
    }


def _idle(bills: Bills) -> list[dict[str, Any]]:
    last = months()[-1]
    found = []
    for provider, bill in bills.items():
        for name, why in IDLE.items():
            own = [line for line in bill if line.meter and line.meter.name == name and last <= line.start]
            if own and own[0].meter:
                month = {"month": f"{last:%Y-%m}", "until": str(month_after(last)), "cost": text(_effective(own))}
                found.append(
                    {
                        "provider": provider,
                        "resource": name,
                        "ResourceId": resource_id(own[0].meter),
                        "why": why,
                        **month,
                    }
                )
    return found


def _effective(bill: Iterable[Line]) -> Decimal:
    return sum((line.costs.effective for line in bill), Decimal(0))
