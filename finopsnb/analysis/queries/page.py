"""The queries as text for people: one of them, or the page ``docs/QUERIES.md``.

python -m finopsnb.analysis.queries.page > docs/QUERIES.md
"""

from __future__ import annotations

from itertools import groupby

from finopsnb.analysis.queries import COMMON, QUERIES, Parameter, Query

__all__ = ["about", "page", "told_parameters"]

_HEAD = """\
# Queries

The {count} use cases of the use case library of [FOCUS](https://focus.finops.org) as named queries over `costs`. This page is written by
`python -m finopsnb.analysis.queries.page`.

    session.query("effective-savings-rate", start="2026-01-01", end="2026-02-01", provider="AWS")
    %finops query effective-savings-rate start=2026-01-01 end=2026-02-01 provider=AWS
    %finops query --list                    name, title, parameters, and what the data lacks for it
    %finops query NAME --about              what it answers and what it takes
    %finops query NAME --sql                the statement that it runs

The queries are ours, from the meaning of the columns in the specification:

- The interval is half-open and on start columns: start <= ChargePeriodStart (or BillingPeriodStart) < end, in UTC. So months next to
  each other add up, and the last interval counts.
- Amounts are exact decimals, by BillingCurrency (or PricingCurrency, where it is about that). Currencies are never added.
- Rates and shares are from 0 to 1, and null where they would be divided by 0.
- Null is a value of its own: a charge without a ChargeClass is no correction, and a charge without a region has its row.
- Quantities in different units are never added.
- The order is total, so the same rows give the same answer.
- A column that a query cannot do without, and that the data does not have or has empty in every row, is an error that names it.

`ServiceProviderName` is `ProviderName` in data of versions before 1.3.

## What every query takes

{common}
"""


#: what every export has; the entries name the other columns that are needed
_EVERYWHERE = ("BillingCurrency", "BillingPeriodStart", "ChargePeriodStart")


def page() -> str:
    """The page of all queries, by theme."""
    common = "\n".join(_told(one) for one in _common())
    ordered = sorted(QUERIES.values(), key=lambda query: (query.theme, query.name))
    themes = [
        f"\n## {theme[:1].upper()}{theme[1:]}\n\n" + "\n".join(_entry(query) for query in members)
        for theme, members in groupby(ordered, key=lambda query: query.theme)
    ]
    return (_HEAD.format(count=len(QUERIES), common=common) + "\n".join(themes)).replace("``", "`")


def about(query: Query) -> str:
    """What one query answers, takes and reads, as plain text."""
    lines = [f"{query.name}: {query.title} (FOCUS {_span(query)})", "", query.description, "", "parameters:"]
    lines += [f"  {_written(one):<28} {one.description}" for one in query.parameters]
    return "\n".join([*lines, "", f"reads {', '.join(query.columns)}", f"needs {', '.join(query.essential)}"])


def told_parameters(query: Query) -> str:
    """Its own parameters with their defaults in one line: ``tag=application, grain=month``."""
    return ", ".join(_written(one) for one in query.parameters if one.name not in COMMON)


def _common() -> list[Parameter]:
    asked = next(query for query in QUERIES.values() if query.period == "charge")
    return [one.with_default(None) for one in asked.parameters if one.name in COMMON]


def _entry(query: Query) -> str:
    own = [_told(one) for one in query.parameters if one.name not in COMMON]
    needs = ", ".join(name for name in query.essential if name not in _EVERYWHERE)
    period = {"charge": "charge period", "billing": "billing period"}.get(query.period, "charge period, with days before it")
    facts = f"FOCUS {_span(query)}, by {period}. Needs {needs}."
    return "\n".join([f"### {query.name}\n", f"**{query.title}.** {query.description}\n", f"{facts}\n", *own, *([""] if own else [])])


def _span(query: Query) -> str:
    return query.versions[0] if len(query.versions) == 1 else f"{query.versions[0]} to {query.versions[-1]}"


def _told(parameter: Parameter) -> str:
    choices = [f"`{choice}`" for choice in parameter.choices if choice]
    told = f" ({', '.join(choices)})" if choices else ""
    return f"- `{_written(parameter)}` {parameter.description}{told}"


def _written(parameter: Parameter) -> str:
    default = parameter.default
    if default is None:
        return parameter.name
    return f"{parameter.name}={','.join(default) if isinstance(default, tuple) else default}"


if __name__ == "__main__":
    print(page(), end="")
