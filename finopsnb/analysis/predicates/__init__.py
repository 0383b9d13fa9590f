"""A condition in SQL over the columns of costs, read piece by piece into an expression: no SQL of a user reaches an engine.

    ServiceName = 'Amazon EC2' and Tags['team'] is null
    BilledCost > 100 and RegionId not in ('eu-west-1', 'eu-central-1')
    lower(ResourceName) like 'test-%' or ChargePeriodStart >= date '2026-01-01'

Allowed are columns, ``Tags['key']``, texts, numbers, dates, ``and or not``, comparisons, ``in (...)``, ``between``, ``like``,
``ilike``, ``is null``, ``lower``, ``upper``, ``trim``, ``abs`` and ``+ - *``; nothing else is, sub-selects least of all.
Where a value is missing a comparison is neither true nor false, as in SQL, and the row is not chosen. Numbers have up to 20
digits before the point and 18 after. Sums are exact, and so is a product of a column and a short number; other products
are not, for they would not fit into a decimal.
"""

from __future__ import annotations

from finopsnb.analysis.predicates.checking import check_predicate, predicate

__all__ = ["check_predicate", "predicate"]
