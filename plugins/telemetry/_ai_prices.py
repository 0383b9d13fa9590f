"""Prices that the settings give for usage that no cost report covers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fnmatch import fnmatchcase

from pydantic import BaseModel, Field

from finopsnb.plugins.api import Row

__all__ = ["Price", "price_of"]


class Price(BaseModel):
    """What a million tokens cost."""

    model: str = Field(description="The model, or a pattern such as gpt-4o*")
    direction: str = Field(description="input, cached input, output, cache write 5m, ... as SkuPriceDetails has it")
    per_million: Decimal = Field(description="The price of a million tokens")
    currency: str = Field("USD", pattern="^[A-Z]{3}$")


def price_of(row: Row, prices: Iterable[Price]) -> Row | None:
    """Amount and currency of a row of usage by the first price that fits; None where there is none."""
    for price in prices:
        if row["unit"] == "Tokens" and row["direction"] == price.direction and fnmatchcase(row.get("model") or "", price.model):
            return {"amount": f"{Decimal(row['quantity']) * price.per_million:f}e-6", "currency": price.currency}
    return None
