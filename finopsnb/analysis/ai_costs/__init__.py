"""What language models cost: by token, by direction, by what came from the cache, and what the same tokens would cost elsewhere.

    token_costs(costs, *by, grain=None)        tokens, cost and cost per million of them, by model and direction
    cache_share(rows)                          how much of what went in came from the cache
    recent_tokens(costs, days)                 the same of the last complete days, and of as many before
    given_equivalents(table, execute)          the price table of equivalents
    cheaper(rows, equivalents), caching(rows)  what would save

The model is SkuMeter, the direction what SkuPriceDetails says, tokens are ConsumedQuantity, as the plugin ai-usage stores them; bills whose
ConsumedUnit counts tokens (1K Tokens) are read as well.
"""

from __future__ import annotations

from finopsnb.analysis.ai_costs.cached import cache_share, caching
from finopsnb.analysis.ai_costs.equivalents import Equivalent, cheaper, given_equivalents
from finopsnb.analysis.ai_costs.tokens import DIRECTIONS, recent_tokens, token_costs

__all__ = ["DIRECTIONS", "Equivalent", "cache_share", "caching", "cheaper", "given_equivalents", "recent_tokens", "token_costs"]
