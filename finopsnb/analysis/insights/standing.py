"""What is open: anomalies, savings, violations; and what is missing from the figures: late days and rows that could not be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from finopsnb.analysis.insights.asking import asked, call, condition
from finopsnb.analysis.insights.finding import Finding, money
from finopsnb.analysis.insights.windows import Look

__all__ = ["anomalies", "late", "savings", "set_aside", "violations"]

_TOP = 5
_ALL = ("executive", "finance", "engineering", "finops")


def anomalies(look: Look) -> Iterator[Finding]:
    """The open anomalies with the most money, as the plugin ``anomalies`` found them."""
    found = look.table("recommendations")
    mine = found.filter(found.plugin == "anomalies", found.status.isin(["open", "acknowledged"]))
    told = [(abs(impact), impact, row) for row in look.rows(mine) if (impact := _impact(row)) is not None]
    told.sort(key=lambda one: (-one[0], one[2]["recommendation_id"]))
    seen: dict[str | None, int] = {}
    for stake, impact, row in told:
        currency = row["BillingCurrency"]
        seen[currency] = place = seen.get(currency, 0) + 1
        if place > _TOP:
            continue
        yield Finding(
            "anomaly",
            (row["recommendation_id"],),
            f"{row['title']}: {money(stake, currency)} {'more' if impact > 0 else 'less'} than expected",
            impact,
            currency or "",
            currency,
            stake,
            ("executive", "engineering", "finops") if place == 1 else ("engineering", "finops"),
            asked(
                "(evidence ->> 'impact')::decimal(38, 18) as impact, title, description",
                condition({"plugin": "anomalies", "recommendation_id": row["recommendation_id"]}),
                source="recommendations",
            ),
            "impact",
            how="against what was expected by week, month and trend",
            detail=row["description"] or "",
            dashboard="anomalies-overview",
        )


def _impact(row: dict[str, Any]) -> Decimal | None:
    try:
        return Decimal(str(json.loads(row["evidence"])["impact"]))
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return None


def savings(look: Look) -> Iterator[Finding]:
    """What the open recommendations of each kind would save a month, overlapping ones counted once."""
    from finopsnb.analysis.recommendations import pipeline

    sums: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for row in pipeline(look.table("recommendations"), look.costs, look.execute).to_pylist():
        if row["status"] == "open" and row["counted_saving"]:
            key = (row["BillingCurrency"], row["plugin"])
            number, amount = sums.get(key, (0, Decimal(0)))
            sums[key] = (number + 1, amount + row["counted_saving"])
    for (currency, plugin), (number, amount) in sorted(sums.items(), key=lambda one: (one[0][0] or "", -one[1][1], one[0][1])):
        many = f"{number} open recommendation{'' if number == 1 else 's'}"
        yield Finding(
            "saving",
            (plugin,),
            f"{many} of {plugin} would save {money(amount, currency)} a month",
            amount,
            f"{currency} a month",
            currency,
            amount,
            _ALL,
            call("savings"),
            "counted_saving",
            {"status": "open", "plugin": plugin, "BillingCurrency": currency},
            detail="Of several recommendations on one resource the largest counts.",
            dashboard="savings",
        )


def violations(look: Look) -> Iterator[Finding]:
    """How many violations of each policy are open, and what their resources cost."""
    found = look.table("violations")
    mine = found.filter(found.status == "open")
    sums = mine.group_by("policy", "BillingCurrency").aggregate(
        number=mine.count(), resources=mine.ResourceId.nunique(), cost=mine.cost.sum().fill_null(Decimal(0))
    )
    for row in look.rows(sums.order_by(["policy", "BillingCurrency"])):
        currency = row["BillingCurrency"]
        many = "1 violation" if row["number"] == 1 else f"{row['number']:,} violations"
        concerned = f", of what cost {money(row['cost'], currency)}" if currency and row["cost"] else ""
        where = condition({"policy": row["policy"], "BillingCurrency": currency, "status": "open"})
        yield Finding(
            "violations",
            (row["policy"] or "",),
            f"{many} of {row['policy']} {'is' if row['number'] == 1 else 'are'} open{concerned}",
            row["number"],
            "violations",
            currency,
            Decimal(0),
            ("engineering", "finops"),
            asked("count(*) as violations", where, source="violations"),
            "violations",
            detail=f"On {row['resources']:,} resources.",
            dashboard="compliance",
        )


def late(look: Look) -> Iterator[Finding]:
    """Providers whose last days have not arrived: what is said here is said without these days."""
    for window in look.windows:
        for name, last in sorted(window.behind.items()):
            newest = "cast(max(ChargePeriodStart) as date)"
            days = f"date_diff('day', date '{last}', {newest}) as days"
            provider = condition({"BillingCurrency": window.currency})
            use = "ChargeCategory = 'Usage' and ChargePeriodEnd <= ChargePeriodStart + interval 1 day"
            number = look.rows(_days_since(look, window.currency, last))[0]["days"]
            behind = "1 day" if number == 1 else f"{number} days"
            yield Finding(
                "late-days",
                (name,),
                f"{name or 'A provider without a name'} is {behind} behind: days after {last} are left out",
                number,
                "days",
                window.currency,
                Decimal(0),
                ("finops",),
                asked(days, use, provider),
                "days",
                detail="So far behind the newest day of its currency; a day with far fewer charges than usual counts as late.",
                dashboard="cost-overview",
                options={"by": "provider", "currency": window.currency, "grain": "day", "months": 1},
            )


def _days_since(look: Look, currency: str, last: Any) -> Any:
    use = look.use
    mine = use.filter(use.BillingCurrency == currency)
    return mine.aggregate(days=mine.ChargePeriodStart.max().cast("date").delta(last, unit="day"))


def set_aside(look: Look) -> Iterator[Finding]:
    """Rows that could not be read: they are in no figure."""
    rows = look.rows(look.table("quarantine").count().as_table())
    number = next(iter(rows[0].values()))
    if number:
        yield Finding(
            "quarantine",
            (),
            f"{number:,} row{' is' if number == 1 else 's are'} in quarantine and in no figure",
            number,
            "rows",
            None,
            Decimal(0),
            ("finops",),
            asked("count(*) as rows", source="quarantine"),
            "rows",
            detail="session.quarantine() says why each could not be read.",
        )
