"""Unit prices: what each SKU costs for one of its unit, and when that changed for good.

rate_changes(costs, execute, look)     a row per SKU whose price changed by more than a limit and stayed
changed(prices, stay, threshold)       the same over a matrix of prices, all at once
"""

from __future__ import annotations

from finopsnb.analysis.rates.changing import Changes, changed, is_tier
from finopsnb.analysis.rates.finding import Look, rate_changes
from finopsnb.analysis.rates.pricing import KEYS, unit_prices

__all__ = ["KEYS", "Changes", "Look", "changed", "is_tier", "rate_changes", "unit_prices"]
