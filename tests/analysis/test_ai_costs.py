"""Tokens and their cost, what equivalents would cost, and caches, with figures worked out by hand."""

from __future__ import annotations

import json
from decimal import Decimal

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finopsnb.analysis.ai_costs import Equivalent, cache_share, caching, cheaper, given_equivalents, recent_tokens, token_costs
from finopsnb.analysis.ai_costs.equivalents import saved_with
from finopsnb.analysis.at_hand import execute_at_hand as execute
from finopsnb.errors import FinopsError
from tests.analysis.asking import charge, costs_of

SMALL = {"model": "large*", "equivalent": "small", "input": "0.5", "cached": "0.05", "output": "2", "currency": "USD"}


def said(direction, tokens, cost, day="2026-01-10", model="large-1", unit="Tokens", key="x_Direction", **more):
    details = None if direction is None else json.dumps({key: direction})
    return charge(day, cost, SkuMeter=model, SkuPriceDetails=details, ConsumedQuantity=tokens, ConsumedUnit=unit, **more)


def table(rows):
    return ibis.memtable(costs_of(rows))


def test_cost_per_million_by_model_and_direction():
    rows = [
        said("input", 2_000_000, 10),
        said("input", 500_000, 2),
        said("output", 250_000, "5"),
        said("Output", "0.25", "5", unit="1M Tokens", key="TokenType", model="cloud"),
        said("InputTokens", 500, "1", unit="1K tokens", key="TokenType", model="cloud"),
        said("cache write 5m", 100, "1"),
        said("cached input", 300, "0", BillingCurrency="EUR"),
        said(None, 9, "1", model="unsaid"),
        said("web search", 3, 1, unit="Requests"),
        said("input", 7, 1, ChargeCategory="Tax"),
    ]
    found = {
        (row["model"], row["direction"], row["BillingCurrency"]): (row["tokens"], row["cost"], row["per_million"])
        for row in execute(token_costs(table(rows))).to_pylist()
    }
    assert found == {
        ("large-1", "input", "USD"): (2_500_000, 12, pytest.approx(4.8)),
        ("large-1", "output", "USD"): (250_000, 5, pytest.approx(20)),
        ("large-1", "cache write", "USD"): (100, 1, pytest.approx(10_000)),
        ("large-1", "cached input", "EUR"): (300, 0, 0.0),
        ("cloud", "output", "USD"): (250_000, 5, pytest.approx(20)),
        ("cloud", "input", "USD"): (500_000, 1, pytest.approx(2)),
        ("unsaid", "(not said)", "USD"): (9, 1, pytest.approx(1e6 / 9)),
    }


def test_a_request_for_both_has_its_tokens_by_kind():
    rows = costs_of([said(None, 1000, 1)]).to_pylist()[0] | {"x_PromptTokens": Decimal(800), "x_CompletionTokens": Decimal(200)}
    import pyarrow as pa

    one = costs_of([said(None, 1000, 1)])
    both = one.append_column("x_PromptTokens", pa.array([rows["x_PromptTokens"]])).append_column("x_CompletionTokens", pa.array(["200"]))
    (row,) = execute(token_costs(ibis.memtable(both))).to_pylist()
    assert (row["direction"], row["prompt"], row["completion"], row["tokens"]) == ("input and output", 800, 200, 1000)
    # 800 x 0.5 + 200 x 2 per million
    (small,) = given_equivalents([SMALL], execute)
    assert saved_with([row], small) == 1 - Decimal("0.0008")


def test_the_cheapest_equivalent_for_the_same_tokens():
    rows = [said("input", 2_000_000, 10), said("cached input", 1_000_000, 1), said("output", 500_000, 10), said("audio input", 10, 4)]
    tokens = execute(recent_tokens(table(rows), 30)).to_pylist()
    equivalents = given_equivalents([{**SMALL, "equivalent": "middle", "input": 2}, SMALL, {**SMALL, "currency": "EUR"}], execute)
    (found,) = cheaper(tokens, equivalents)
    # 2 x 0.5 + 1 x 0.05 + 0.5 x 2 = 2.05 of the 21 that it has prices for
    assert (found["cost"], found["saving"], found["best"].equivalent) == (25, Decimal("18.95"), "small")
    assert [(one.equivalent, saving) for one, saving in found["options"]] == [("small", Decimal("18.95")), ("middle", Decimal("15.95"))]
    assert cheaper(tokens, [Equivalent("large-1", "dear", Decimal(50), Decimal(90), "USD")]) == []
    assert cheaper(tokens, given_equivalents([{**SMALL, "model": "other"}, {**SMALL, "equivalent": "LARGE-1"}], execute)) == []


@pytest.mark.parametrize("row", [{"input": -1}, {"currency": None}, {"output": None}, {"input": "cheap"}])
def test_what_is_no_price_is_told(row):
    with pytest.raises(FinopsError, match=r"price table|input"):
        given_equivalents([{**SMALL, **row}], execute)


def fortnight(now, before, days=14):
    """Input and cached tokens (millions a day, at 10 and 1) of the second and the first of two weeks."""
    rows = []
    for day in range(1, days + 1):
        plain, cached = now if day > days // 2 else before
        rows += [
            said("input", plain * 10**6, plain * 10, f"2026-01-{day:02}"),
            said("cached input", cached * 10**6, cached, f"2026-01-{day:02}"),
        ]
    return execute(recent_tokens(table(rows), days // 2)).to_pylist()


def test_a_share_of_the_cache_that_fell():
    rows = fortnight((9, 1), (4, 6))
    assert cache_share([row for row in rows if row["recent"]]) == pytest.approx(0.1)
    (found,) = caching(rows)
    # 0.5 of 70 million tokens at 10 and not at 1
    assert (found["kind"], found["share"], found["before"]) == ("fell", pytest.approx(0.1), pytest.approx(0.6))
    assert float(found["saving"]) == pytest.approx(0.5 * 70 * 9)
    assert caching(fortnight((5, 5), (4, 6))) == []
    assert caching(fortnight((9, 1), (4, 6), days=6)) == []
    assert caching(fortnight((9, 1), (9, 1))) == []
    assert caching(fortnight((10, 0), (10, 0))) == []


def test_a_cache_that_is_written_and_not_read():
    rows = [said("input", 10**6, 10), said("cache write 5m", 10**7, 125), said("cached input", 10**6, 1)]
    (found,) = caching(execute(recent_tokens(table(rows), 30)).to_pylist())
    # 10 x 2.50 more for writing, 1 x 9 less for reading
    assert (found["kind"], float(found["saving"])) == ("unread", pytest.approx(16))
    enough = [*rows, said("cached input", 2 * 10**6, 2)]
    assert caching(execute(recent_tokens(table(enough), 30)).to_pylist()) == []


def test_nothing_is_said_of_nothing():
    assert execute(token_costs(table([]))).num_rows == 0
    assert (cheaper([], []), caching([]), cache_share([])) == ([], [], None)
    assert given_equivalents(None, execute) is None


AMOUNTS = st.decimals(0, 10**6, places=6)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["input", "output", "cached input", "cache write", "audio input"]), AMOUNTS, AMOUNTS)),
    AMOUNTS,
    AMOUNTS,
)
def test_a_saving_is_never_more_than_the_cost_nor_less_at_a_lower_price(lines, one, other):
    rows = [{"direction": direction, "tokens": tokens, "cost": cost, "prompt": 0, "completion": 0} for direction, tokens, cost in lines]
    low, high = (Equivalent("m", "n", price, price, "USD") for price in sorted((one, other)))
    assert 0 <= saved_with(rows, high) <= saved_with(rows, low) <= sum(cost for _, _, cost in lines)
