"""A condition in SQL over the columns of costs, read piece by piece into an expression: no SQL of a user reaches an engine.

    ServiceName = 'Amazon EC2' and Tags['team'] is null
    BilledCost > 100 and RegionId not in ('eu-west-1', 'eu-central-1')
    lower(ResourceName) like 'test-%' or ChargePeriodStart >= date '2026-01-01'

Allowed are columns, ``Tags['key']``, texts, numbers, dates, ``and or not``, comparisons, ``in (...)``, ``between``, ``like``,
``ilike``, ``is null``, ``lower``, ``upper``, ``trim``, ``abs`` and ``+ - *``; nothing else is, sub-selects least of all.
Where a value is missing a comparison is neither true nor false, as in SQL, and the row is not chosen.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.cost import instant
from finopsnb.analysis.tags import tag
from finopsnb.errors import FinopsError, nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["check_predicate", "predicate"]

_HINT = "ServiceName = 'Amazon EC2' and Tags['team'] is null"
_TWO_SIDED: dict[str, Callable[[Any, Any], Any]] = {
    "And": operator.and_,
    "Or": operator.or_,
    "EQ": operator.eq,
    "NEQ": operator.ne,
    "GT": operator.gt,
    "GTE": operator.ge,
    "LT": operator.lt,
    "LTE": operator.le,
    "Add": operator.add,
    "Sub": operator.sub,
    "Mul": operator.mul,
}
_METHODS = {"Lower": "lower", "Upper": "upper", "Trim": "strip", "Abs": "abs"}


def predicate(costs: ir.Table, text: str) -> ir.BooleanValue:
    """The condition as an expression over ``costs``; raises FinopsError for what is not one, with the near column name."""
    import ibis.expr.types as ir
    from ibis.common.exceptions import IbisError

    try:
        found = _Reader(costs, text).read(_parsed(text))
    except (IbisError, TypeError, AttributeError, NotImplementedError) as error:
        raise _refused(text, f"Its parts do not fit together: {str(error).splitlines()[0]}") from error
    if not isinstance(found, ir.BooleanValue):
        raise _refused(text, "It is not true or false.")
    return found


def check_predicate(text: str) -> str:
    """``text`` when it is a condition over FOCUS columns, and x_ columns, which are taken for texts; ValueError otherwise."""
    import ibis
    import sqlglot.expressions as parts

    from finopsnb.focus import COLUMNS

    kinds = {"Decimal": "decimal(38, 18)", "Date/Time": "timestamp('UTC')", "Tags": "map<string, string>"}
    try:
        own = {str(column.name) for column in _parsed(text).find_all(parts.Column) if str(column.name).startswith("x_")}
        known = {name: "map<string, string>" if name == "Tags" else kinds.get(column.kind, "string") for name, column in COLUMNS.items()}
        predicate(ibis.table(known | dict.fromkeys(own, "string"), name="costs"), text)
    except FinopsError as error:
        raise ValueError(" ".join(filter(None, (error.what, error.why, error.hint)))) from None
    return text


def _parsed(text: str) -> Any:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        parts = sqlglot.parse(text, read="duckdb")
    except SqlglotError as error:
        raise _refused(text, str(error).splitlines()[0]) from error
    if len(parts) != 1 or parts[0] is None:
        raise _refused(text, "It is one condition, no more and no less.")
    return parts[0]


def _refused(text: str, why: str, hint: str = _HINT) -> FinopsError:
    return FinopsError(f"{text!r} is not a condition over costs.", why=why, hint=hint)


class _Reader:
    """Each kind of piece has its own method; a piece without one is refused."""

    def __init__(self, costs: ir.Table, text: str) -> None:
        self.costs, self.text = costs, text

    def read(self, part: Any) -> Any:
        kind = type(part).__name__
        if kind in _TWO_SIDED:
            return _TWO_SIDED[kind](*self._alike(part.this, part.expression))
        if kind in _METHODS and not [one for name, one in part.args.items() if name != "this" and one]:
            return getattr(self.read(part.this), _METHODS[kind])()
        method = getattr(self, f"read_{kind.lower()}", None)
        if method is None:
            raise _refused(self.text, f"{part.sql(dialect='duckdb')} is not allowed in it.")
        return method(part)

    def _alike(self, *parts: Any) -> Sequence[Any]:
        """The pieces; text that is held against a time is a day or an instant."""
        import ibis.expr.types as ir

        values = [self.read(part) for part in parts]
        if any(isinstance(value, ir.TimestampValue) for value in values):
            return [_instant(self.text, part.name) if _is_text(part) else value for part, value in zip(parts, values, strict=True)]
        return values

    def read_paren(self, part: Any) -> Any:
        return self.read(part.this)

    def read_not(self, part: Any) -> Any:
        return ~self.read(part.this)

    def read_neg(self, part: Any) -> Any:
        return -self.read(part.this)

    def read_column(self, part: Any) -> Any:
        name = str(part.name)
        if part.table or name not in self.costs.columns:
            near = nearest(name, self.costs.columns)
            raise _refused(self.text, f"There is no column {part.sql()}.", f"did you mean {near}?" if near else 'session.describe("costs")')
        return self.costs[name]

    def read_bracket(self, part: Any) -> Any:
        keys = part.expressions
        if part.this.name != "Tags" or len(keys) != 1 or not _is_text(keys[0]):
            raise _refused(self.text, "Brackets hold the key of a tag.", "Tags['team'] = 'web'")
        return tag(self.costs, str(keys[0].name))

    def read_literal(self, part: Any) -> Any:
        import ibis

        return ibis.literal(str(part.name)) if part.is_string else ibis.literal(_number(str(part.name)))

    def read_boolean(self, part: Any) -> Any:
        import ibis

        return ibis.literal(bool(part.this))

    def read_cast(self, part: Any) -> Any:
        """``date '2026-01-01'`` and ``timestamp '...'`` are parsed as casts of a text."""
        if not _is_text(part.this) or part.to.this.name not in ("DATE", "TIMESTAMP", "TIMESTAMPTZ"):
            raise _refused(self.text, f"{part.sql(dialect='duckdb')} is not allowed in it.")
        return _instant(self.text, part.this.name)

    def read_is(self, part: Any) -> Any:
        if type(part.expression).__name__ != "Null":
            raise _refused(self.text, f"{part.sql(dialect='duckdb')} is not allowed in it.", "is null, is not null")
        return self.read(part.this).isnull()

    def read_in(self, part: Any) -> Any:
        if not part.expressions:
            raise _refused(self.text, "After in there is a list of values.", "RegionId in ('eu-west-1', 'eu-central-1')")
        value, *others = self._alike(part.this, *part.expressions)
        return value.isin(others)

    def read_between(self, part: Any) -> Any:
        value, low, high = self._alike(part.this, part.args["low"], part.args["high"])
        return (value >= low) & (value <= high)

    def read_like(self, part: Any) -> Any:
        return self.read(part.this).like(self._pattern(part))

    def read_ilike(self, part: Any) -> Any:
        return self.read(part.this).ilike(self._pattern(part))

    def _pattern(self, part: Any) -> str:
        if not _is_text(part.expression):
            raise _refused(self.text, "A pattern is a text.", "ResourceName like 'test-%'")
        return str(part.expression.name)


def _is_text(part: Any) -> bool:
    return type(part).__name__ == "Literal" and bool(part.is_string)


def _number(text: str) -> Any:
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() and abs(value) < 2**62 else value


def _instant(text: str, said: str) -> Any:
    import ibis

    try:
        if len(said) == 10:
            return instant(date.fromisoformat(said))
        given = datetime.fromisoformat(said)
        moment = given if given.tzinfo is None else given.astimezone(UTC).replace(tzinfo=None)
        return ibis.timestamp(moment.isoformat(" "), timezone="UTC")
    except ValueError as error:
        raise _refused(text, f"{said!r} is not a time.", "date '2026-01-01'") from error
