"""What is said of commitments: of those that are not used, and of those to buy."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ._saving_rows import money
from ._scope_rows import named, plain, scope_row

__all__ = ["offer_row", "unused_row"]

_BY_DAY = (
    "Costs come by the day or longer: those of a resource billed by time are taken to be in as many of its hours as were billed, others "
    "are spread evenly over its hours. A level that peaks within a day is not seen."
)
_FALLING = "Usage has fallen by more than a tenth in a week: this is the level of its last day, and it may fall below that within the term."
_FIGURES = (
    "term",
    "payment",
    "basis",
    "discount",
    "net_discount",
    "level",
    "committed",
    "utilization",
    "break_even_utilization",
    "coverage",
    "falling",
)
_PAID = ("upfront", "recurring", "break_even_months")


def unused_row(found: Mapping[str, Any]) -> dict[str, Any]:
    """Use or exchange what nobody uses of a commitment; what that wastes a month is what there is to save."""
    from finopsnb.analysis.recommendations.months import a_month

    currency, identity = found["BillingCurrency"], found["CommitmentDiscountId"]
    wasted, cost = (a_month(found[name], found["days"]) for name in ("unused", "cost"))
    name, kind = found["CommitmentDiscountName"] or identity, found["CommitmentDiscountType"] or "Commitment"
    return scope_row(
        "commitment-use",
        [found["provider"], identity, currency],
        {**found, "ProviderName": found["provider"], "ResourceId": identity, "ResourceName": found["CommitmentDiscountName"]},
        min(wasted, cost),
        where={"CommitmentDiscountId": identity, "CommitmentDiscountStatus": "Unused"},
        category="commitment-use",
        title=f"{name if kind.lower() in name.lower() else f'{kind} {name}'}: {1 - found['utilization']:.1%} is not used",
        description=f"In the last {found['days']} days {money(found['unused'], currency)} of {money(found['cost'], currency)} paid for "
        f"nothing: {money(wasted, currency)} a month. Move usage on demand under it, or exchange or sell what is too much.",
        current=f"utilization {found['utilization']:.1%}",
        recommended="use or exchange what is unused",
        confidence=0.7,
        effort="medium",
        risk="low",
        evidence={
            "cost": found["cost"],
            "unused": found["unused"],
            "days": found["days"],
            "utilization": found["utilization"],
            "monthly_cost": cost,
        },
    )


def offer_row(options: list[dict[str, Any]], unused: Decimal) -> dict[str, Any]:
    """The offer that saves most of those for one profile; the others are in its evidence. ``unused`` is wasted there a month."""
    best = options[0]
    currency, how = best["BillingCurrency"], ", ".join(part for part in (best["term"], best["payment"]) if part)
    others = [{name: plain(one[name]) for name in ("term", "payment", "discount", "level", "monthly_saving")} for one in options[:12]]
    committed = f"{best['committed']:,.4f} {currency}/hour"
    return scope_row(
        "commitments",
        [best[name] for name in ("provider", "ServiceName", "RegionId", "BillingCurrency")],
        {**best, "ProviderName": best["provider"]},
        min(best["monthly_saving"], best["monthly_cost"]),
        where={
            "ServiceName": best["ServiceName"],
            "RegionId": best["RegionId"],
            "PricingCategory": "Standard",
            "BillingCurrency": currency,
        },
        category="commitments",
        title=f"{named(best)}: commit to {committed}" + (f", {how}" if how else ""),
        description=_description(best, unused),
        current=f"{money(best['monthly_cost'], currency)} a month on demand",
        recommended=committed,
        confidence=0.7 if best["by_day"] else 0.8,
        effort="low",
        risk="high" if best["term"].startswith("3") or best["falling"] else "medium",
        evidence={name: best[name] for name in ("cost", "days", "monthly_cost", "saving", *_FIGURES, *_PAID)} | {"options": others},
    )


def _description(best: Mapping[str, Any], unused: Decimal) -> str:
    told = (
        f"It takes the place of {best['level']:,.4f} {best['BillingCurrency']} an hour on demand, {best['coverage']:.1%} of this usage, "
        f"at {best['net_discount']:.1%} less ({_basis(best)}).",
        f"In the last {best['days']} days {best['utilization']:.1%} of it would have been used; "
        f"it saves from {best['break_even_utilization']:.1%} on.",
        _upfront(best),
        _FALLING if best["falling"] else "",
        _BY_DAY if best["by_day"] else "",
        f"Commitments of this service waste {money(unused, best['BillingCurrency'])} a month: use that first." if unused else "",
    )
    return " ".join(part for part in told if part)


def _basis(best: Mapping[str, Any]) -> str:
    off = f"{best['discount']:.1%} off the list price"
    return (
        f"{off}, as given"
        if best["basis"] == "given"
        else f"{off}, as the commitments of this service have it; term and payment are not known"
    )


def _upfront(best: Mapping[str, Any]) -> str:
    if not best["upfront"]:
        return ""
    paid = f"{best['upfront']:,.2f} {best['BillingCurrency']} are paid at once"
    return f"{paid}, and have come back after {best['break_even_months']:.1f} months."
