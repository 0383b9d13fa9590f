"""Findings from small costs: complete days only, as many before, fees that look like changes, and nothing where there is nothing."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest

from finopsnb.analysis.at_hand import costs_at_hand, execute_at_hand
from finopsnb.analysis.insights import PERSONAS, Finding, as_table, commitments, insights, movers, spending, standing, units
from finopsnb.analysis.insights.windows import looked
from finopsnb.errors import FinopsError
from finopsnb.store.schema import TABLES

DAY = dt.timedelta(days=1)
FIRST = dt.date(2026, 1, 5)


def used(day, cost=10, **values):
    month = day.replace(day=1)
    costs = dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), cost)
    row = {"BillingCurrency": "USD", "ProviderName": "AWS", "ServiceName": "EC2", "SubAccountId": "a", "ChargeCategory": "Usage"}
    periods = {"ChargePeriodStart": day, "ChargePeriodEnd": day + DAY}
    bill = {"BillingPeriodStart": month, "BillingPeriodEnd": (month + 32 * DAY).replace(day=1)}
    return {**row, **costs, **periods, **bill, **values}


def over(rows):
    """The other tables are empty."""
    kinds = {"DECIMAL(38,18)": pa.decimal128(38, 18), "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"), "BIGINT": pa.int64()}
    kinds |= {
        "DOUBLE": pa.float64(),
        "DATE": pa.date32(),
        "INTEGER": pa.int32(),
        "MAP(VARCHAR, VARCHAR)": pa.map_(pa.string(), pa.string()),
    }
    costs = costs_at_hand(rows)

    def table(name):
        if name == "costs":
            return costs
        columns = TABLES[name].columns
        return ibis.memtable(pa.table({one: pa.array([], kinds.get(kind, pa.string())) for one, kind in columns.items()}))

    return table


def found(rows, persona=None, **options):
    return insights(over(rows), execute_at_hand, persona, **options)


def windows(rows):
    return {one.currency: one for one in looked(over(rows), execute_at_hand).windows}


def days(count, first=FIRST, **values):
    return [used(first + place * DAY, **values) for place in range(count)]


@pytest.mark.parametrize("persona", PERSONAS)
def test_nothing_and_a_single_day_have_no_traceback(persona):
    assert found([], persona) == []
    told = found([used(FIRST)], persona)
    assert all(one.before is None and one.how == "" for one in told if one.kind != "forecast")
    assert [one.title for one in told if one.kind == "run-rate"] in (
        [],
        ["Usage of the last complete day cost 10.00 USD, 10.00 USD a day"],
    )


def test_what_is_no_usage_is_no_day():
    assert found([used(FIRST, ChargeCategory="Purchase")]) == []


@pytest.mark.parametrize(("there", "compared"), [(1, 0), (2, 1), (9, 4), (29, 14), (56, 28), (90, 28)])
def test_as_many_days_as_there_are_twice_in_whole_weeks(there, compared):
    window = windows(days(there))["USD"]
    assert (window.days, window.last) == (compared, FIRST + (there - 1) * DAY)
    assert window.earlier == ("the day before" if compared <= 1 else f"the {compared} days before")


@pytest.mark.parametrize("late", [1, 2, 3])
def test_days_that_have_not_arrived_whole_are_left_out(late):
    rows = [used(FIRST + place * DAY, ServiceName=name) for place in range(60) for name in ("EC2", "S3", "RDS")]
    last = FIRST + 59 * DAY
    kept = [row for row in rows if row["ChargePeriodStart"] <= last - late * DAY or row["ServiceName"] == "EC2"]
    assert windows(kept)["USD"].last == last - late * DAY
    look = looked(over(kept), execute_at_hand)
    assert list(movers.movers(look)) == []
    assert [one.change for one in spending.pace(look)] == [0]
    assert [one.number for one in standing.late(look)] == [late]


def test_a_day_with_little_cost_is_late_but_a_quiet_sunday_is_not():
    rows = days(60)
    assert windows([*rows[:-1], rows[-1] | {"EffectiveCost": 1}])["USD"].last == FIRST + 58 * DAY
    quiet = [row | {"EffectiveCost": 2} if row["ChargePeriodStart"].weekday() > 4 else row for row in days(63)]
    assert windows(quiet)["USD"].last == FIRST + 62 * DAY


def test_the_slowest_provider_of_a_currency_says_which_days_are_complete():
    rows = days(60) + days(57, ProviderName="GCP") + days(20, ProviderName="gone") + days(60, BillingCurrency="EUR")
    found_windows = windows(rows)
    assert found_windows["USD"].last == FIRST + 56 * DAY
    assert found_windows["USD"].behind == {"GCP": FIRST + 56 * DAY}
    assert found_windows["EUR"].last == FIRST + 59 * DAY


def test_a_month_that_has_begun_and_a_fee_on_its_first_day_move_nothing():
    rows = days(75)
    fees = [used(dt.date(2026, month, 1), 500, ChargePeriodEnd=dt.date(2026, month + 1, 1), ServiceName="Support") for month in (1, 2, 3)]
    look = looked(over(rows + fees), execute_at_hand)
    assert list(movers.movers(look)) == []
    (month,) = spending.months(look)
    assert month.title.startswith("February 2026 cost 780.00 USD")
    assert month.before is None


def test_a_mover_is_told_with_what_explains_it():
    steady = [row | {"ResourceId": "i-1", "SkuId": "s"} for row in days(60)]
    rise = [used(FIRST + place * DAY, 5, ResourceId="i-2", SkuId="s", RegionName="Paris") for place in range(46, 60)]
    (mover,) = movers.movers(looked(over(steady + rise + days(60, BillingCurrency="EUR")), execute_at_hand))
    assert mover.title == "EC2 in a rose by 70.00 USD (+25.0 %) to 350.00 USD in the last 28 complete days"
    assert (mover.rank, mover.before, mover.number) == (Decimal(70), Decimal(280), Decimal(350))
    assert mover.detail == "Mostly the resource i-2 (+70.00 USD); the SKU s (+70.00 USD); the region Paris (+70.00 USD)."
    assert "executive" in mover.personas


def test_what_fell_away_and_what_is_new():
    gone = days(32)
    new = days(28, FIRST + 32 * DAY, ServiceName="S3", SubAccountId=None)
    told = list(movers.movers(looked(over(gone + new), execute_at_hand)))
    assert all(one.query.count("coalesce(sum(EffectiveCost) filter") == 2 for one in told), "nothing there is 0 and not null"
    assert {one.title for one in told} == {
        "EC2 in a fell by 280.00 USD (-100.0 %) to 0.00 USD in the last 28 complete days",
        "S3 rose by 280.00 USD to 280.00 USD in the last 28 complete days",
    }


@pytest.mark.parametrize(
    ("unit", "told"), [("1K Tokens", "USD per million tokens"), ("tokens", "USD per million tokens"), ("Hours", "USD per Hours")]
)
def test_a_unit_has_its_price_and_tokens_theirs_by_the_million(unit, told):
    quantity = {"Hours": 4, "tokens": 4_000_000, "1K Tokens": 4000}[unit]
    rows = days(60, ConsumedUnit=unit, ConsumedQuantity=quantity, SkuMeter="meter")
    dearer = [row | {"EffectiveCost": 12} if place >= 32 else row for place, row in enumerate(rows)]
    (one,) = units.unit_costs(looked(over(dearer), execute_at_hand))
    assert (one.number, one.before, one.unit) == (3.0, 2.5, told)
    assert (round(one.change, 9), round(one.rank, 6)) == (0.2, Decimal(56))


def test_commitments_that_nobody_used_have_their_money():
    both = [("Used", 8), ("Unused", 2)]
    rows = [
        row
        for status, cost in both
        for row in days(60, cost=cost, CommitmentDiscountId="c", CommitmentDiscountStatus=status, PricingCategory="Committed", SkuId=status)
    ]
    look = looked(over(rows + days(60)), execute_at_hand)
    (waste,) = commitments.waste(look)
    assert (waste.number, waste.before) == (Decimal(56), Decimal(56))
    assert "80.0% of them was used" in waste.title
    assert waste.number_of == "unused, summed where BillingCurrency is USD"
    (covered,) = commitments.coverage(look)
    assert covered.number == pytest.approx(8 / 18)


def test_currencies_are_ranked_by_themselves():
    rows = [row | {"ConsumedUnit": "Hours", "ConsumedQuantity": 2} for row in days(60)]
    changed = [row | {"EffectiveCost": 12} if place > 40 else row for place, row in enumerate(rows)]
    told = found([row | {"BillingCurrency": "EUR", "EffectiveCost": row["EffectiveCost"] // 2} for row in changed] + changed, "engineering")
    assert {one.kind for one in told} == {"mover", "unit-cost"}
    order = [one.BillingCurrency for one in told]
    assert order == sorted(order, reverse=True)
    for currency in ("USD", "EUR"):
        ranks = [one.rank for one in told if one.BillingCurrency == currency]
        assert ranks == sorted(ranks, reverse=True)


def test_an_id_stays_when_the_figures_move():
    first, second = (next(spending.pace(looked(over(days(count)), execute_at_hand))) for count in (60, 75))
    assert first.insight_id == second.insight_id
    euros = next(spending.pace(looked(over(days(60, BillingCurrency="EUR")), execute_at_hand)))
    assert euros.insight_id != first.insight_id


def test_a_persona_that_is_none():
    with pytest.raises(FinopsError, match="boss is no persona"):
        found([], "boss")
    for strange, named in ((0, "0 is"), ("  ", "'  ' is"), (["finops"], "is no persona"), ("finanse", "finanse is")):
        with pytest.raises(FinopsError, match=re.escape(named)) as wrong:
            found([], strange)
        assert "session.insights(" in wrong.value.hint
    assert "finance" in wrong.value.hint


def test_amounts_keep_their_digits_in_the_table():
    cost = Decimal("12345678901234567.123456789012345678")
    one = Finding("k", (), "t", cost, "USD", "USD", cost, ("finops",), "q", "c", before=0.1)
    row = as_table([one]).to_pylist()[0]
    assert (row["number"], row["rank"], row["before"]) == (cost, cost, Decimal("0.1"))
