"""What is said of models and their caches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ._saving_rows import money
from ._scope_rows import plain, scope_row

__all__ = ["cache_row", "equivalent_row"]

_CACHES = {
    "fell": (
        "cache share fell from {before:.1%} to {share:.1%}",
        "bring what repeats back to the beginning of the prompt",
        "In the days before {before:.1%} of its input came from the cache, so its input repeats; in the last {days} days {share:.1%} did.",
    ),
    "unread": (
        "the cache is written more than it is read",
        "write to the cache only what is read again",
        "In the last {days} days what was written to the cache cost more, over plain input, than what was read from it saved "
        "({share:.1%} of the input came from it).",
    ),
}


def equivalent_row(found: Mapping[str, Any]) -> dict[str, Any]:
    """The equivalent that saves most, with the others as evidence; the tokens are those of the last days."""
    from finopsnb.analysis.recommendations.months import a_month

    currency, best, days = found["BillingCurrency"], found["best"], found["rows"][0]["days"]
    saving, cost = (a_month(found[name], days) for name in ("saving", "cost"))
    figures = {name: getattr(best, name) for name in ("input", "output", "cached", "cache_write")}
    options = [{"equivalent": one.equivalent, "saving": plain(saved)} for one, saved in found["options"][:12]]
    return scope_row(
        "ai-model",
        [found["provider"], found["model"], currency],
        _places(found, found["rows"][0]["ServiceName"]),
        min(saving, cost),
        where={"SkuMeter": found["model"], "BillingCurrency": currency},
        category="ai-costs",
        title=f"{found['model']}: {best.equivalent} costs {found['saving'] / found['cost']:.1%} less for the same tokens",
        description=f"The {found['tokens']:,.0f} tokens of the last {days} days cost {money(found['cost'], currency)}; at the prices given "
        f"they would have cost {money(found['saving'], currency)} less, {money(saving, currency)} a month. That both answer alike is the "
        "price table's word: try it before.",
        current=found["model"],
        recommended=best.equivalent,
        confidence=0.6,
        effort="medium",
        risk="medium",
        evidence={
            **{"cost": found["cost"], "days": days, "tokens": found["tokens"], "saving": found["saving"], "monthly_cost": cost},
            **{"prices": {name: plain(price) for name, price in figures.items() if price is not None}, "options": options},
        },
    )


def cache_row(found: Mapping[str, Any]) -> dict[str, Any]:
    """A cache that could do better, by its own figures."""
    from finopsnb.analysis.recommendations.months import a_month

    currency, account = found["BillingCurrency"], found["SubAccountId"]
    saving, cost = (a_month(found[name], found["days"]) for name in ("saving", "cost"))
    title, recommended, why = _CACHES[found["kind"]]
    figures = {name: found[name] or 0.0 for name in ("before", "share")} | {"days": found["days"]}
    return scope_row(
        "ai-cache",
        [found["kind"], found["provider"], found["model"], account, currency],
        {**_places(found, found["ServiceName"]), "SubAccountId": account},
        min(saving, cost),
        where={"SkuMeter": found["model"], "SubAccountId": account, "BillingCurrency": currency},
        category="ai-costs",
        title=f"{found['model']}{f' in {account}' if account else ''}: {title.format(**figures)}",
        description=f"{why.format(**figures)} That is {money(saving, currency)} a month.",
        current=f"cache share {figures['share']:.1%}",
        recommended=recommended,
        confidence=0.6,
        effort="medium",
        risk="low",
        evidence={name: found[name] for name in ("cost", "days", "share", "before", "saving")} | {"monthly_cost": cost},
    )


def _places(found: Mapping[str, Any], service: str | None) -> dict[str, Any]:
    """A model stands as a resource, so that savings on one model are not added up."""
    thing = f"{found['provider']}/{found['model']}"
    names = {"ResourceId": thing, "ResourceName": found["model"], "ServiceName": service}
    return {**names, "ProviderName": found["provider"], "BillingCurrency": found["BillingCurrency"]}
