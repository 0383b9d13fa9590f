"""One incoming column: how its cells are cleaned, and how they are read as the type of the column they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis
from ibis.expr import datatypes as dt

from finopsnb.focus import forms
from finopsnb.focus._engine import (
    DECIMAL,
    INSTANT,
    as_instant,
    element,
    is_one_of,
    json_merge_patch,
    json_valid,
    map_from_entries,
    null,
    nullif,
    or_null,
    position,
    texts,
    to_json,
    trim,
)
from finopsnb.focus.columns import Column
from finopsnb.focus.decimals import decimal_of, written_out
from finopsnb.focus.instants import instant_of

__all__ = ["NULL_TEXTS", "WHITE", "Cell", "has_blanks"]

#: texts that stand for null; FOCUS asks for null itself
NULL_TEXTS = ("NULL", "null")

#: what is taken off around numbers, times and allowed values; FOCUS leaves other texts as they are
WHITE = " \t\r\n"

#: no text that begins with a printing character is less than this: one comparison finds empty and indented ones
_FIRST_PRINTING = "!"

_LARGEST_EXACT_FLOAT = 2.0**53

#: an instant to the microsecond, as DuckDB stores it; Arrow says which unit it has
_STORED_INSTANT = INSTANT.copy(scale=6)


@dataclass(frozen=True)
class Cell:
    """``incoming`` becomes ``target``; ``column`` is the FOCUS column, None for x_ columns and helpers."""

    incoming: str
    target: str
    form: str
    kind: dt.DataType
    column: Column | None
    #: whether the cells are as their column wants them already, made so by a conversion
    ready: bool = False

    @property
    def helper(self) -> bool:
        """A column of the store's own (_part, _line)."""
        return self.target.startswith("_")

    @property
    def typed(self) -> bool:
        """Whether it is read as something else than text, so that reading may fail."""
        return self.column is not None and self.column.kind != "String"

    @property
    def tidied(self) -> bool:
        """Whether blanks around the text mean nothing."""
        return self.column is not None and (self.typed or bool(self.column.allowed_values) or self.currency)

    @property
    def currency(self) -> bool:
        """A column of ISO 4217 codes; PricingCurrency may name a virtual currency too."""
        return self.target == "BillingCurrency"

    def clean(self, table: Any) -> Any:
        """The cell without what stands for null; numbers that must be read digit by digit come as text."""
        cell = table[self.incoming]
        if self.helper or self.passes:
            return cell
        if self.form == forms.TEXT:
            return self._clean_text(cell)
        return null("string") if self.form == forms.NULL else self._as_text(cell) if self.through_text else cell

    @property
    def passes(self) -> bool:
        """Whether there is nothing to do: a ready cell in the type of its column."""
        if not self.ready or self.column is None:
            return self.ready and self.form == forms.TEXT
        wanted = {"Decimal": DECIMAL, "Date/Time": _STORED_INSTANT, "String": dt.string}.get(self.column.kind)
        return wanted is not None and self.kind.copy(nullable=True) == wanted

    @property
    def through_text(self) -> bool:
        """A number whose digits are those that it prints: 0.1, not the double nearest to it."""
        if self.column is None or self.column.kind != "Decimal":
            return False
        fits = self.form == forms.DECIMAL and self.kind.scale <= DECIMAL.scale
        return self.form != forms.INTEGER and not fits

    def read(self, clean: Any) -> Any:
        """The cleaned cell as the type of its column: null where it says nothing of that type."""
        if self.column is None or self.passes:
            return clean
        readers: Mapping[str, Callable[[Any], Any]] = {
            "Decimal": self._decimal,
            "Date/Time": self._instant,
            "JSON": self._json,
            "String": self._text,
        }
        return readers[self.column.kind](clean)

    @property
    def became_text(self) -> bool:
        """Whether the cleaned cell is a text."""
        return self.form in (forms.TEXT, forms.NULL) or self.through_text

    def _clean_text(self, cell: Any) -> Any:
        said = nullif(nullif(cell, NULL_TEXTS[0]), NULL_TEXTS[1])
        if not self.tidied:
            return nullif(said, "")
        tidy = ibis.ifelse(has_blanks(cell), nullif(trim(cell, WHITE), ""), said)
        return written_out(tidy) if self.column is not None and self.column.kind == "Decimal" else tidy

    def _as_text(self, cell: Any) -> Any:
        return to_json(cell) if self.kind.is_nested() else cell.cast("string")

    def _decimal(self, clean: Any) -> Any:
        return decimal_of(clean) if self.became_text else clean.try_cast(DECIMAL)

    def _instant(self, clean: Any) -> Any:
        if self.form in (forms.TEXT, forms.NULL):
            return instant_of(clean)
        if self.form == forms.INSTANT:
            return clean.cast(INSTANT)
        if self.form in (forms.WALL, forms.DATE):
            return as_instant(clean.cast("timestamp"))
        return null(INSTANT)

    def _text(self, clean: Any) -> Any:
        if self.column is not None and self.column.allowed_values and self.became_text:
            return allowed_value(clean, self.column.allowed_values)
        if self.became_text:
            return currency_code(clean) if self.currency else clean
        return whole_number(clean) if self.form == forms.FLOAT else self._as_text(clean)

    def _json(self, clean: Any) -> Any:
        if self.became_text:
            return json_object(clean) if self.key_values else json_text(clean)
        if self.form == forms.STRUCT:
            return json_merge_patch("{}", to_json(clean))
        if self.form == forms.ENTRIES:
            return to_json(or_null(map_from_entries(clean)))
        return to_json(clean)

    @property
    def key_values(self) -> bool:
        """Tags and their like: an object, nothing else."""
        return self.target.endswith("Tags")


def has_blanks(text: Any) -> Any:
    """Whether a text is empty or may have blanks around it, by tests that cost next to nothing."""
    return (text < _FIRST_PRINTING) | text.endswith(" ")


def allowed_value(text: Any, allowed: tuple[str, ...]) -> Any:
    """The allowed value that differs from the text by case only, else the text."""
    by_case = element(texts(allowed), position(texts(tuple(value.lower() for value in allowed)), text.lower()))
    return ibis.ifelse(is_one_of(text, allowed), text, by_case.coalesce(text))


def currency_code(text: Any) -> Any:
    """A code of three letters in capitals, else the text."""
    return ibis.ifelse(text.length() == 3, text.upper(), text)


def whole_number(number: Any) -> Any:
    """7.0 as 7: an identifier that became a float because some row had none."""
    whole = (number == number.floor()) & (number.abs() < _LARGEST_EXACT_FLOAT)
    return ibis.ifelse(whole, number.cast("int64").cast("string"), number.cast("string"))


def json_text(text: Any) -> Any:
    """The text where it is JSON."""
    return ibis.ifelse(json_valid(text), text, null("string"))


def json_object(text: Any) -> Any:
    """The text where it is a JSON object, with braces added where only they are missing."""
    braced = ibis.literal("{") + text + "}"
    return ibis.cases(
        (text.startswith("{") & json_valid(text), text),
        (text.startswith('"') & json_valid(braced), braced),
        else_=null("string"),
    )
