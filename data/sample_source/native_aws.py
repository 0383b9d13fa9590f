"""The AWS bill as a Cost and Usage Report: what FOCUS has in one row, AWS has in several, and the other way round.

    covered usage   SavingsPlanCoveredUsage at its on-demand cost, and a SavingsPlanNegation that takes it back
    unused          no line of its own: TotalCommitmentToDate - UsedCommitment of the fee, UnusedRecurringFee of RIFee

Unblended cost adds up to the bill; a reservation's usage is at 0 there, and its fee a line a month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_DOWN, Decimal

from charges import DAY, ZERO, Line
from native_aws_rows import AWS, CODES, Row, costs, head, kind_of, product, row_of, unused


def report(bill: list[Line]) -> list[Row]:
    """The lines of one billing month as rows of a report, by the legacy names of the columns."""
    left = unused(bill)
    own = [row_of(line, left) for line in bill if line.status != "Unused" and line.category != "Tax"]
    return [*own, *_negations(bill), *_taxes(bill)]


def _negations(bill: Iterable[Line]) -> Iterator[Row]:
    """One for an account, SKU and day, whatever the resources were."""
    parts: dict[tuple[date, str, str], list[Line]] = defaultdict(list)
    for line in bill:
        if line.meter and kind_of(line) == "SavingsPlanCoveredUsage":
            parts[line.start, line.account, line.meter.price.sku].append(line)
    for (day, account, sku), part in sorted(parts.items()):
        first, cost = part[0], -sum((line.costs.listed for line in part), ZERO)
        row = head(first, "SavingsPlanNegation", f"{account}:{sku}") | product(first) | costs(cost)
        text = f"SavingsPlanNegation used by AccountId : {account} and UsageSku : {sku}"
        changes: Row = {"lineItem/UsageAmount": sum((line.quantity or ZERO for line in part), ZERO), "lineItem/ResourceId": ""}
        interval = f"{day}T00:00:00Z/{day + DAY}T00:00:00Z"
        assert first.commitment is not None  # noqa: S101 - narrows the type: it is covered
        changes |= {"lineItem/LineItemDescription": text, "identity/TimeInterval": interval, "lineItem/AvailabilityZone": ""}
        yield row | changes | {"savingsPlan/SavingsPlanARN": first.commitment.identity}


def _taxes(bill: list[Line]) -> Iterator[Row]:
    """AWS taxes each service on a line of its own; together they are the one line of the bill."""
    for whole in (line for line in bill if line.category == "Tax"):
        left = whole.costs.billed
        shares = sorted(_tax_shares(bill).items())
        for number, (service, share) in enumerate(shares, start=1):
            cost = share if number < len(shares) else left
            left -= cost
            code = CODES.get(service, service)
            text: Row = {"lineItem/LineItemDescription": f"Tax for product code {code}", "lineItem/TaxType": "Sales Tax"}
            what: Row = {"lineItem/ProductCode": code, "product/ProductName": service, "lineItem/UsageAmount": Decimal(1)}
            yield head(whole, "Tax", code + service) | text | what | costs(cost)


def _tax_shares(bill: list[Line]) -> dict[str, Decimal]:
    by_service: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for line in bill:
        if line.category != "Tax":
            by_service[line.service[0]] += line.costs.billed
    return {name: (cost * AWS.tax).quantize(Decimal("1e-10"), ROUND_DOWN) for name, cost in by_service.items() if cost > 0}
