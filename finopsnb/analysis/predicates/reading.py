"""Each kind of piece as an expression: what has no reading is refused."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import TYPE_CHECKING, Any

from finopsnb.analysis.cost import instant
from finopsnb.analysis.predicates.parsing import refused
from finopsnb.analysis.tags import tag
from finopsnb.errors import nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["Reader"]

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
_CALCULATED = ("Add", "Sub", "Mul")
#: what a piece has beside ``this`` that its method reads; with anything else it means something else, and is refused
_READ: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_TWO_SIDED, ("expression",)),
    "Is": ("expression",),
    "Like": ("expression", "negate"),
    "ILike": ("expression", "negate"),
    "In": ("expressions",),
    "Between": ("low", "high"),
    "Bracket": ("expressions", "offset"),
    "Literal": ("is_string",),
    "Cast": ("to",),
    "Column": ("table", "db", "catalog"),
}
#: a product with a longer number, or with one of more decimals, may not fit into a decimal
_SHORT, _DECIMALS = 10**6, 6
_MOST, _DIGITS = Decimal(10) ** 20, 18
#: decimals as Python has them are rounded to 28 digits unless told otherwise
_EXACT = Context(prec=60, traps=[InvalidOperation, Inexact])


class Reader:
    """Each kind of piece has its own method; a piece without one is refused."""

    def __init__(self, costs: ir.Table, text: str) -> None:
        self.costs, self.text = costs, text

    def read(self, part: Any) -> Any:
        kind = type(part).__name__
        method = getattr(self, f"read_{kind.lower()}", None)
        unread = [name for name, value in part.args.items() if value and name not in ("this", *_READ.get(kind, ()))]
        if unread or not (method or kind in _TWO_SIDED or kind in _METHODS):
            raise refused(self.text, f"{part.sql(dialect='duckdb')} is not allowed in it.")
        if kind in _CALCULATED:
            return self._calculated(part)
        if kind in _TWO_SIDED:
            return _TWO_SIDED[kind](*self._alike(part.this, part.expression))
        return method(part) if method else getattr(self.read(part.this), _METHODS[kind])()

    def _calculated(self, part: Any) -> Any:
        """Sums and products of numbers: a product that might not fit into a decimal is one of floating point numbers."""
        import ibis.expr.types as ir

        sides = [self.read(part.this), self.read(part.expression)]
        if not all(isinstance(side, ir.NumericValue) for side in sides):
            raise TypeError(f"{part.sql(dialect='duckdb')} is not of numbers")
        if type(part).__name__ == "Mul" and not _is_short(part):
            sides = [side.cast("float64") for side in sides]
        return _TWO_SIDED[type(part).__name__](*sides)

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
            raise refused(self.text, f"There is no column {part.sql()}.", f"did you mean {near}?" if near else 'session.describe("costs")')
        return self.costs[name]

    def read_bracket(self, part: Any) -> Any:
        keys = part.expressions
        if part.this.sql(dialect="duckdb") not in ("Tags", '"Tags"') or len(keys) != 1 or not _is_text(keys[0]):
            raise refused(self.text, "Brackets hold the key of a tag.", "Tags['team'] = 'web'")
        return tag(self.costs, str(keys[0].name))

    def read_literal(self, part: Any) -> Any:
        import ibis

        return ibis.literal(str(part.name)) if part.is_string else self._number(str(part.name))

    def _number(self, said: str) -> ir.NumericScalar:
        """A number with all of its digits: of a decimal without a type the engine keeps three after the point."""
        import ibis

        try:
            value = _exactly(said)
        except InvalidOperation as error:
            raise refused(self.text, f"{said} is not a number.") from error
        except Inexact:
            value = _MOST
        if value >= _MOST or _decimals(value) > _DIGITS:
            raise refused(self.text, f"{said} has more than 20 digits before the point, or 18 after.")
        if not _decimals(value) and value < 2**62:
            return ibis.literal(int(value))
        return ibis.literal(value, f"decimal(38, {_decimals(value)})")

    def read_boolean(self, part: Any) -> Any:
        import ibis

        return ibis.literal(bool(part.this))

    def read_cast(self, part: Any) -> Any:
        """``date '2026-01-01'`` and ``timestamp '...'`` are parsed as casts of a text."""
        if not _is_text(part.this) or part.to.this.name not in ("DATE", "TIMESTAMP", "TIMESTAMPTZ"):
            raise refused(self.text, f"{part.sql(dialect='duckdb')} is not allowed in it.")
        return _instant(self.text, part.this.name)

    def read_is(self, part: Any) -> Any:
        if type(part.expression).__name__ != "Null":
            raise refused(self.text, f"{part.sql(dialect='duckdb')} is not allowed in it.", "is null, is not null")
        return self.read(part.this).isnull()

    def read_in(self, part: Any) -> Any:
        if not part.expressions:
            raise refused(self.text, "After in there is a list of values.", "RegionId in ('eu-west-1', 'eu-central-1')")
        value, *others = self._alike(part.this, *part.expressions)
        for other in {other.type(): other for other in others}.values():
            _ = value == other  # refuses what cannot be compared, which isin leaves to the engine
        return value.isin(others)

    def read_between(self, part: Any) -> Any:
        value, low, high = self._alike(part.this, part.args["low"], part.args["high"])
        return (value >= low) & (value <= high)

    def read_like(self, part: Any) -> Any:
        return self._negated(part, self._text(part.this).like(self._pattern(part)))

    def read_ilike(self, part: Any) -> Any:
        return self._negated(part, self._text(part.this).ilike(self._pattern(part)))

    def _negated(self, part: Any, found: Any) -> Any:
        """``not like`` is a piece of its own, where other comparisons stand within a ``not``."""
        return ~found if part.args.get("negate") else found

    def _text(self, part: Any) -> Any:
        import ibis.expr.types as ir

        value = self.read(part)
        if not isinstance(value, ir.StringValue):
            raise TypeError(f"{part.sql(dialect='duckdb')} is not a text")
        return value

    def _pattern(self, part: Any) -> str:
        if not _is_text(part.expression):
            raise refused(self.text, "A pattern is a text.", "ResourceName like 'test-%'")
        return str(part.expression.name)


def _is_text(part: Any) -> bool:
    return type(part).__name__ == "Literal" and bool(part.is_string)


def _is_short(product: Any) -> bool:
    """Whether it is of a short number and of something without another product in it."""
    sides = [product.this.unnest(), product.expression.unnest()]
    numbers = [side.this if type(side).__name__ == "Neg" else side for side in sides]
    short = [type(number).__name__ == "Literal" and _few_digits(_exactly(str(number.name))) for number in numbers]
    return any(short) and not any(side.find(type(product)) for side in sides)


def _few_digits(number: Decimal) -> bool:
    return number <= _SHORT and _decimals(number) <= _DECIMALS


def _exactly(said: str) -> Decimal:
    """A number without zeros at its end; InvalidOperation for a text that is none, Inexact for one of very many digits."""
    return _EXACT.create_decimal(said.replace("_", "")).normalize(_EXACT)


def _decimals(number: Decimal) -> int:
    """The digits after the point."""
    return max(0, -int(number.as_tuple().exponent))


def _instant(text: str, said: str) -> Any:
    import ibis

    try:
        if len(said) == 10:
            return instant(date.fromisoformat(said))
        given = datetime.fromisoformat(said)
        moment = given if given.tzinfo is None else given.astimezone(UTC).replace(tzinfo=None)
        return ibis.timestamp(moment.isoformat(" "), timezone="UTC")
    except ValueError as error:
        raise refused(text, f"{said!r} is not a time.", "date '2026-01-01'") from error
