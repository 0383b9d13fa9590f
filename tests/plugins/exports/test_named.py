"""Values that others are made of, worked out once; and amounts that are multiplied."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from finopsnb.plugins.exports import Conversion, Converter
from finopsnb.plugins.exports import values as v


def converted(convert, **cells):
    helpers = {"_line": [2], "_reason": pa.nulls(1, pa.string()), "_raw": pa.nulls(1, pa.string())}
    with Converter(convert, settings="") as converter:
        (table,) = converter.tables(pa.table({**{name: [cell] for name, cell in cells.items()}, **helpers}))
    return table.to_pylist()[0]


def test_named_values_may_be_made_of_each_other_and_be_the_same():
    def convert(raw, _):
        low = raw.named("low", raw.text("a").lower())
        same = raw.named("same", raw.text("a").lower())
        path = raw.named("path", low + "/" + same)
        return Conversion({"x_path": path, "x_last": v.part(raw.named("longer", path + "/" + path), "/", -1)})

    row = converted(convert, a="AB")
    assert (row["x_path"], row["x_last"]) == ("ab/ab", "ab")


@pytest.mark.parametrize(
    ("quantity", "price", "product"),
    [
        ("0.033336", "6.38", "0.21268368"),
        ("0.000000000001", "0.000001", "0.000000000000000001"),
        ("-24", "0.1", "-2.4"),
        ("99999999999", "1", "99999999999"),
        ("123456789012", "8", "987654312096"),
    ],
)
def test_products_are_exact_and_large_ones_still_there(quantity, price, product):
    row = converted(lambda raw, _: Conversion({"x_p": v.times(raw.number("q"), raw.number("p"))}), q=quantity, p=price)
    assert row["x_p"] == Decimal(product)


def test_a_name_that_a_table_does_not_have_is_null():
    def convert(raw, _):
        return Conversion({f"x_{name}": v.looked_up(raw.text(name), {"x": "1", "y": "2"}) for name in ("a", "b", "c")})

    row = converted(convert, a="y", b="z", c="")
    assert (row["x_a"], row["x_b"], row["x_c"]) == ("2", None, None)
