"""Commitments: what of those that exist nobody uses, and which to buy.

    unused(costs, days)                              what of each commitment was paid for and not used
    offers(costs, execute, discounts, look)          for each provider, service and region the level that saves most, by term and payment
    given_discounts(table, execute)                  discounts off the list price, as a person gives them

A commitment to a level of usage is paid for in every hour, used or not. With a discount d it saves d of what it covers, and what nobody
uses of it costs 1 - d; it breaks even when 1 - d of it is used. There are no built-in discounts: they are given, or read from what
commitments cost already, against the list price.
"""

from __future__ import annotations

from finopsnb.analysis.purchases.discounts import Discount, given_discounts, paid_discounts
from finopsnb.analysis.purchases.levels import Levels, at_levels, best_levels
from finopsnb.analysis.purchases.offering import Look, Offers, offers
from finopsnb.analysis.purchases.wasting import unused
from finopsnb.analysis.purchases.windows import windows_of

__all__ = [
    "Discount",
    "Levels",
    "Look",
    "Offers",
    "at_levels",
    "best_levels",
    "given_discounts",
    "offers",
    "paid_discounts",
    "unused",
    "windows_of",
]
