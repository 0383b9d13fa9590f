"""What normalising changes in a table, told as findings: from names and types alone, and counted in the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from finopsnb.focus import forms, names
from finopsnb.focus._engine import is_one_of, json_valid, trim
from finopsnb.focus.cells import NULL_TEXTS, WHITE, Cell, has_blanks
from finopsnb.focus.columns import Column
from finopsnb.focus.counting import Count, Tally
from finopsnb.focus.decimals import has_exponent, is_rounded, may_be_longer, may_have_exponent
from finopsnb.focus.finding import Finding
from finopsnb.focus.instants import is_naive, is_truncated, may_be_truncated

__all__ = ["REPAIRS", "Repair", "derived", "missing", "of_names", "of_types", "repairs"]


@dataclass(frozen=True)
class Repair:
    """One thing that normalising mends; ``met`` says of an incoming column in which rows."""

    id: str
    applies: Callable[[Cell], bool]
    met: Callable[[Any, Cell], Any]
    message: str
    severity: str = "info"
    example: str | None = None
    #: short, and true wherever ``met`` is
    suspect: Callable[[Any, Cell], Any] | None = None


def repairs(raw: Any, cells: Sequence[Cell]) -> Tally:
    """How many cells of the raw table each repair mends, by column."""
    return Tally(raw, [_count(repair, cell, raw) for cell in cells for repair in REPAIRS if repair.applies(cell)])


def _count(repair: Repair, cell: Cell, raw: Any) -> Count:
    value = _digits(cell, raw)
    example = value.cast("string") if repair.example is None else repair.example
    met, suspect = repair.met(value, cell), repair.suspect(value, cell) if repair.suspect else None
    return Count(repair.id, cell.target, repair.severity, "repaired", repair.message, met, example, suspect)


def _digits(cell: Cell, raw: Any) -> Any:
    value = raw[cell.incoming]
    return value.cast("string") if cell.through_text and cell.form != forms.TEXT else value


def _text(cell: Cell, *kinds: str) -> bool:
    return cell.form == forms.TEXT and cell.column is not None and cell.column.kind in kinds


def _any_text(cell: Cell) -> bool:
    return cell.form == forms.TEXT and not cell.helper


def _has_allowed(cell: Cell) -> bool:
    return cell.form == forms.TEXT and cell.column is not None and bool(cell.column.allowed_values)


def _tidy(text: Any) -> Any:
    return ibis.ifelse(has_blanks(text), trim(text, WHITE), text)


def _says_null(text: Any) -> Any:
    return (text == NULL_TEXTS[0]) | (text == NULL_TEXTS[1])


def _other_case(text: Any, cell: Cell) -> Any:
    allowed = _allowed(cell)
    in_other_case = is_one_of(_tidy(text).lower(), [value.lower() for value in allowed])
    return ~is_one_of(text, [*allowed, *NULL_TEXTS, ""]) & in_other_case & ~is_one_of(_tidy(text), allowed)


def _allowed(cell: Cell) -> Sequence[str]:
    return cell.column.allowed_values if cell.column else ()


def _lower_currency(text: Any, _: Cell) -> Any:
    return (_tidy(text).length() == 3) & (text != text.upper())


def _naive(value: Any, cell: Cell) -> Any:
    return is_naive(_tidy(value)) if cell.form == forms.TEXT else value.notnull()


def _braceless(text: Any, _: Cell) -> Any:
    return text.startswith('"') & json_valid("{" + text + "}")


REPAIRS = (
    Repair(
        "null-text",
        _any_text,
        lambda text, _: _says_null(text),
        "the text NULL is taken as null",
        example="NULL",
    ),
    Repair(
        "empty-text",
        _any_text,
        lambda text, _: text == "",
        "empty text where null is due; taken as null",
        example="",
    ),
    Repair(
        "trimmed",
        lambda cell: cell.form == forms.TEXT and cell.tidied,
        lambda text, _: has_blanks(text) & (text != ""),
        "blanks around it taken off",
    ),
    Repair(
        "e-notation",
        lambda cell: _text(cell, "Decimal"),
        lambda text, _: has_exponent(text),
        "numbers with an exponent, written out",
        suspect=lambda text, _: may_have_exponent(text),
    ),
    Repair(
        "rounded-to-18-decimals",
        lambda cell: cell.through_text,
        lambda text, _: is_rounded(text),
        "digits beyond 18 decimals are rounded, a half to even",
        "warning",
        suspect=lambda text, _: may_be_longer(text),
    ),
    Repair(
        "naive-time",
        lambda cell: _text(cell, "Date/Time") or (_is(cell, "Date/Time") and cell.form in (forms.WALL, forms.DATE)),
        _naive,
        "times without a zone are taken as UTC",
    ),
    Repair(
        "truncated-to-microseconds",
        lambda cell: _text(cell, "Date/Time"),
        lambda text, _: is_truncated(text),
        "digits beyond the microsecond are cut off",
        "warning",
        suspect=lambda text, _: may_be_truncated(text),
    ),
    Repair(
        "value-case",
        _has_allowed,
        _other_case,
        "not an allowed value as written; its case is mended",
        "warning",
        suspect=lambda text, cell: ~is_one_of(text, [*_allowed(cell), *NULL_TEXTS, ""]),
    ),
    Repair(
        "currency-case",
        lambda cell: cell.form == forms.TEXT and cell.currency,
        _lower_currency,
        "a currency code in small letters is written in capitals",
        "warning",
    ),
    Repair(
        "braces-missing",
        lambda cell: _text(cell, "JSON") and cell.key_values,
        _braceless,
        "JSON members without braces are given them",
        "warning",
    ),
)


def _is(cell: Cell, kind: str) -> bool:
    return cell.column is not None and cell.column.kind == kind


def of_names(matches: Iterable[names.Match]) -> list[Finding]:
    """What the incoming column names tell."""
    return [_of_name(one) for one in matches if one.how in (names.RENAMED, names.UNKNOWN, names.REPEATED)]


def _of_name(one: names.Match) -> Finding:
    if one.how == names.RENAMED:
        message = f"the column {one.incoming} is read as {one.target}"
        return Finding("column-renamed", one.target, 0, one.incoming, "info", "repaired", message)
    if one.how == names.REPEATED:
        message = f"a second column for {one.means}; it is kept as {one.target}"
        return Finding("column-repeated", one.incoming, 0, one.target, "warning", "repaired", message)
    message = f"the column {one.incoming} is not FOCUS and has no x_ prefix; it is kept as {one.target}"
    return Finding("column-not-focus", one.incoming, 0, one.target, "warning", "repaired", message)


def of_types(cells: Iterable[Cell]) -> list[Finding]:
    """What the incoming types tell: money as binary floats, identifiers as numbers."""
    return [finding for cell in cells if (finding := _of_type(cell)) is not None]


def _of_type(cell: Cell) -> Finding | None:
    kind = str(cell.kind)
    if _is(cell, "Decimal") and cell.form == forms.FLOAT:
        message = "binary floating point; read as the shortest decimal that prints the same"
        return Finding("float-for-decimal", cell.target, 0, kind, "info", "repaired", message)
    if _is(cell, "String") and cell.form in (forms.INTEGER, forms.FLOAT):
        message = "came as numbers; if it had leading zeros, they are lost"
        return Finding("number-for-text", cell.target, 0, kind, "warning", "repaired", message)
    return None


def derived(name: str) -> Finding:
    """A billing period that the table does not say."""
    message = f"there is no column {name}; it is the month of the charge in UTC"
    return Finding("billing-period-derived", name, 0, "", "warning", "repaired", message)


def missing(column: Column, version: str, present: set[str]) -> Finding:
    """A mandatory column that is not there; info where the column that replaces it is."""
    message = f"FOCUS {version} has {column.name} as mandatory; there is no such column"
    severity = "info" if column.replaced_by in present else "warning"
    return Finding("column-missing", column.name, 0, "", severity, "kept", message)
