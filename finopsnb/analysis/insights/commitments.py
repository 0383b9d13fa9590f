"""Commitments and rates: what nobody used of them, how much of the usage they cover, and what all discounts save."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from finopsnb.analysis.commitments import commitment_coverage, commitment_utilization
from finopsnb.analysis.insights.asking import asked, call, condition, of_days
from finopsnb.analysis.insights.finding import Finding, money
from finopsnb.analysis.insights.windows import Look, Window, within

__all__ = ["coverage", "savings_rate", "waste"]


def waste(look: Look) -> Iterator[Finding]:
    """What nobody used of the commitments that there are."""
    for window in look.windows:
        now, before = (_one(look, window, period, commitment_utilization) for period in (window.now, window.before))
        if now is None or now["utilization"] is None:
            continue
        wasted = money(now["unused"], window.currency)
        yield Finding(
            "commitment-waste",
            (),
            f"{wasted} of commitments was used by nobody in {window.told}: {now['utilization']:.1%} of them was used"
            if now["unused"]
            else f"All commitments were used in {window.told}",
            now["unused"],
            window.currency,
            window.currency,
            now["unused"],
            ("finops", "finance"),
            call("query", "commitment-discount-effective-cost-breakdown", **_days(window)),
            "unused",
            {"BillingCurrency": window.currency},
            before=before["unused"] if before and window.days else None,
            how=window.how,
            detail=f"{money(now['used'], window.currency)} was used.",
            dashboard="commitments-overview",
        )


def coverage(look: Look) -> Iterator[Finding]:
    """How much of the usage is covered by commitments, weighed by list cost, where there are any."""
    for window in look.windows:
        now, before = (_one(look, window, period, commitment_coverage) for period in (window.now, window.before))
        if now is None or now["coverage"] is None or not now["covered"]:
            continue
        whole = "coalesce(sum(ListCost) filter (PricingCategory = 'Committed'), 0)::double / sum(ListCost)::double as coverage"
        usage = "ChargeCategory = 'Usage' and CommitmentDiscountStatus is distinct from 'Unused'"
        yield Finding(
            "commitment-coverage",
            (),
            f"Commitments cover {now['coverage']:.1%} of usage; {money(now['uncovered'], window.currency)} at list prices was on demand",
            now["coverage"],
            "share of ListCost",
            window.currency,
            Decimal(0),
            ("finops",),
            asked(whole, condition({"BillingCurrency": window.currency}), usage, of_days(window.now)),
            "coverage",
            before=before["coverage"] if before and window.days else None,
            how=window.how,
            detail='session.recommend("commitments", discounts=...) says what covering more would save.',
            dashboard="commitments-overview",
        )


def savings_rate(look: Look) -> Iterator[Finding]:
    """The effective savings rate: what all discounts take off the list cost of usage."""
    from finopsnb.analysis.queries import QUERIES

    query = QUERIES["effective-savings-rate"]
    for window in look.windows:
        now, before = (_rates(look, query, window.currency, period) for period in (window.now, window.before))
        if not now or now["effective_savings_rate"] is None:
            continue
        yield Finding(
            "savings-rate",
            (),
            f"Discounts save {money(now['savings'], window.currency)}, an effective savings rate of {now['effective_savings_rate']:.1%}",
            now["effective_savings_rate"],
            "share of ListCost",
            window.currency,
            abs(now["savings"] - before["savings"]) if before else Decimal(0),
            ("finops", "finance"),
            call("query", "effective-savings-rate", **_days(window)),
            "effective_savings_rate",
            before=before["effective_savings_rate"] if before else None,
            how=window.how,
            detail="Negotiated rates and commitments together, over usage.",
            dashboard="commitments-overview",
        )


def _rates(look: Look, query: Any, currency: str, period: tuple[date, date]) -> dict[str, Any] | None:
    start, end = period
    rows = look.rows(query(look.sums, start=start, end=end, currency=currency)) if start < end else []
    return rows[0] if rows else None


def _one(look: Look, window: Window, period: tuple[date, date], analysis: Any) -> dict[str, Any] | None:
    """The row of the currency in these days: all of it is usage."""
    costs = look.sums.filter(look.sums.BillingCurrency == window.currency, within(look.sums, period))
    rows = look.rows(analysis(costs, "ChargeCategory"))
    return rows[0] if rows else None


def _days(window: Window) -> dict[str, Any]:
    start, end = window.now
    return {"start": start, "end": end, "currency": window.currency}
