"""The sample is what facts.json says, counted here by DuckDB from the files alone."""

from __future__ import annotations

import gzip
import importlib.util
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

import finopsnb_sample
from finopsnb import focus

FOLDER = finopsnb_sample.path()
FACTS = finopsnb_sample.facts()
METRICS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


def rows(con, query, *params):
    return con.sql(query, params=list(params)).fetchall()


def test_the_script_makes_the_same_bytes_on_each_run(made):
    """The committed files are of one run, these of another; gzip by its text and Parquet by its rows, for their heads differ by library."""
    fresh = {path.relative_to(made): path for path in sorted(made.rglob("*")) if path.is_file()}
    told = {path.relative_to(FOLDER) for folder in ("focus", "native") for path in (FOLDER / folder).rglob("*") if path.is_file()}
    assert set(fresh) == {*told, Path("facts.json")}
    differing = [str(name) for name, path in fresh.items() if content(path) != content(FOLDER / name)]
    assert differing == []


def content(path):
    if path.suffix == ".parquet":
        return duckdb.sql("from read_parquet($1)", params=[str(path)]).to_arrow_table().to_pylist()
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def test_it_is_small():
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file() and "__pycache__" not in path.parts) < 2_000_000


def test_every_file_is_named_with_its_rows(con):
    found = dict(rows(con, "select parse_filename(filename), count(*) from costs group by all"))
    assert found == {name: fact["rows"] for name, fact in FACTS["files"].items()}
    assert sum(found.values()) == FACTS["rows"]["total"]


def test_totals_by_provider_and_month_are_exact(con):
    sums = ", ".join(f"sum({name})" for name in METRICS)
    query = f"select ProviderName, strftime(BillingPeriodStart, '%Y-%m'), count(*), {sums} from costs group by all"
    found = {(provider, month): (count, *amounts) for provider, month, count, *amounts in rows(con, query)}
    told = {
        (provider, month): (fact["rows"], *(Decimal(fact[name]) for name in METRICS))
        for provider, months in FACTS["totals"].items()
        for month, fact in months.items()
        if month != "all"
    }
    assert len(told) == 39
    assert found == told


def test_currencies_are_two_and_each_provider_has_one(con):
    found = rows(con, "select ProviderName, list(distinct BillingCurrency) from costs group by all")
    assert dict(found) == {provider: [currency] for provider, currency in FACTS["currency"].items()}
    assert set(FACTS["currency"].values()) == {"USD", "EUR"}


def test_every_day_has_costs_of_every_provider(con):
    found = rows(con, "select ProviderName, count(distinct ChargePeriodStart) from costs group by all")
    assert dict(found) == dict.fromkeys(FACTS["currency"], FACTS["period"]["days"])


def test_ids_keep_their_leading_zeros(con):
    found = dict(rows(con, "select distinct ProviderName, BillingAccountId from costs"))
    assert found == FACTS["billing_account"]
    assert all(identity.startswith("0") for identity in found.values())
    assert rows(con, "select distinct x_CostCenter from costs where x_CostCenter is not null") == [("00412",)]


@pytest.mark.parametrize("spike", FACTS["spikes"], ids=lambda spike: spike["resource"])
def test_a_spike_is_so_many_times_what_is_usual(con, spike):
    query = (
        "select sum(BilledCost) filter (ChargePeriodStart = cast($3 as date)) / "
        "median(BilledCost) filter (ChargePeriodStart between cast($3 as date) - 28 and cast($3 as date) - 1) "
        "from costs where ResourceName = $1 and SkuId = $2 and ChargeClass is null"
    )
    ((found,),) = rows(con, query, spike["resource"], spike["sku"], spike["day"])
    assert float(spike["factor"]) * 0.6 < found < float(spike["factor"]) * 1.6
    day = "select sum(BilledCost) from costs where ResourceName = $1 and SkuId = $2 and ChargeClass is null and ChargePeriodStart = $3"
    assert rows(con, day, spike["resource"], spike["sku"], spike["day"]) == [(Decimal(spike["cost"]),)]


@pytest.mark.parametrize(("fact", "edge"), [("service_starts", "min"), ("service_stops", "max")])
def test_services_start_and_stop_on_their_days(con, fact, edge):
    for told in FACTS[fact]:
        query = (
            f"select {edge}(cast(ChargePeriodStart as date))::varchar from costs "
            "where ProviderName = $1 and ServiceName = $2 and ChargeCategory = 'Usage'"
        )
        assert rows(con, query, told["provider"], told["service"]) == [(told["day"],)]
    assert {told["service"] for told in FACTS["service_starts"]} >= {"Amazon Bedrock"}
    assert {told["service"] for told in FACTS["service_stops"]} >= {"Amazon Redshift"}


@pytest.mark.parametrize("told", FACTS["commitments"], ids=lambda told: told["type"])
def test_commitments_are_used_as_told_and_what_is_bought_is_used_or_unused(con, told):
    query = (
        "select sum(EffectiveCost) filter (CommitmentDiscountStatus = 'Used'), "
        "coalesce(sum(EffectiveCost) filter (CommitmentDiscountStatus = 'Unused'), 0), "
        "sum(BilledCost) filter (ChargeCategory = 'Purchase'), sum(EffectiveCost) filter (ChargeCategory = 'Purchase'), "
        "sum(BilledCost) filter (ChargeCategory = 'Usage') from costs where CommitmentDiscountId = $1"
    )
    ((used, unused, bought, amortised, billed),) = rows(con, query, told["CommitmentDiscountId"])
    assert (used, unused, bought) == tuple(Decimal(told[name]) for name in ("used", "unused", "bought"))
    assert (amortised, billed) == (0, 0)
    assert used + unused == bought
    assert Decimal(told["utilisation"]) == (used / (used + unused)).quantize(Decimal("0.000001"))


def test_one_commitment_is_perfect_and_one_is_not():
    assert {told["utilisation"] for told in FACTS["commitments"]} > {"1", "0.83165"}


def test_the_top_movers_are_the_movers(con):
    query = (
        "select ServiceName, coalesce(sum(BilledCost) filter (strftime(BillingPeriodStart, '%Y-%m') = $2), 0) as before, "
        "coalesce(sum(BilledCost) filter (strftime(BillingPeriodStart, '%Y-%m') = $3), 0) as now from costs "
        "where BillingCurrency = $1 group by all having before != 0 or now != 0 order by abs(now - before) desc, ServiceName"
    )
    for currency, told in FACTS["movers"].items():
        services = [(fact["service"], Decimal(fact["before"]), Decimal(fact["now"])) for fact in told["services"]]
        assert rows(con, query, currency, told["before"], told["now"]) == services
    assert FACTS["movers"]["USD"]["services"][0]["service"] == "Amazon Bedrock"


def test_untagged_rows_and_cost(con):
    query = (
        "select ProviderName, count(*) filter (Tags is null), sum(EffectiveCost) filter (Tags is null), sum(EffectiveCost) "
        "from costs where RegionId is not null or ResourceType = 'CloudFront Distribution' group by all"
    )
    found = {name: (count, cost, of) for name, count, cost, of in rows(con, query)}
    told = {name: (fact["rows"], Decimal(fact["EffectiveCost"]), Decimal(fact["of"])) for name, fact in FACTS["untagged"].items()}
    assert found == told
    assert all(0.02 < float(fact["share"]) < 0.25 for fact in FACTS["untagged"].values())


def test_tags_are_written_as_told(con):
    query = (
        "select key, value, count(*) from (select unnest(map_entries(cast(json(Tags) as map(varchar, varchar))), "
        "recursive := true) from costs where Tags is not null) group by all"
    )
    found = {}
    for key, value, count in rows(con, query):
        found.setdefault(key, {})[value] = count
    assert found == FACTS["tags"]
    assert {"Team", "team"} <= set(found)
    assert {"prod", "Prod", "PROD"} <= set(found["environment"])


@pytest.mark.parametrize("category", ["Credit", "Tax"])
def test_credits_and_tax(con, category):
    query = "select ProviderName, sum(BilledCost) from costs where ChargeCategory = $1 group by all"
    told = {name: Decimal(amount) for name, amount in FACTS["credits" if category == "Credit" else "tax"].items()}
    assert dict(rows(con, query, category)) == told


def test_refunds_are_negative_usage_and_corrections_are_billed_later(con):
    query = (
        "select ResourceName, BilledCost, ChargeClass is not null, BillingPeriodStart > ChargePeriodStart from costs "
        "where ChargeCategory = 'Usage' and BilledCost < 0 order by ResourceName"
    )
    told = sorted((fact["resource"], Decimal(fact["cost"]), fact["correction"]) for fact in FACTS["refunds"])
    found = rows(con, query)
    assert [line[:3] for line in found] == told
    assert all(correction == later for *_, correction, later in found)


def test_period_ends_are_exclusive(con):
    query = (
        "select count(*) from costs where BillingPeriodEnd != BillingPeriodStart + interval 1 month "
        "or ChargePeriodEnd <= ChargePeriodStart "
        "or (ChargeCategory = 'Usage' and ChargePeriodEnd != ChargePeriodStart + interval 1 day)"
    )
    assert rows(con, query) == [(0,)]


def test_idle_resources_cost_what_is_told_and_are_there_to_be_found(con):
    query = "select sum(EffectiveCost) from costs where ResourceId = $1 and strftime(ChargePeriodStart, '%Y-%m') = $2"
    assert len(FACTS["idle"]) >= 9
    for told in FACTS["idle"]:
        assert rows(con, query, told["ResourceId"], told["month"]) == [(Decimal(told["cost"]),)]


def test_resources_are_many_enough_to_be_interesting(con):
    query = "select ProviderName, count(distinct ResourceId) from costs where SkuId is not null and Tags is not distinct from Tags "
    query += "and ResourceType not in ('Savings Plan', 'Reserved Instance', 'Reservation', 'Committed Use Discount') group by all"
    assert dict(rows(con, query)) == FACTS["resources"]
    assert 60 <= sum(FACTS["resources"].values()) <= 150


@pytest.mark.parametrize("metric", ["ListCost", "ContractedCost"])
def test_costs_are_quantity_times_price_to_the_last_digit(con, metric):
    price = metric.replace("Cost", "UnitPrice")
    query = (
        f"select count(*) from costs where PricingQuantity is not null and "
        f"{metric} != cast(PricingQuantity as decimal(18, 8)) * cast({price} as decimal(18, 10))"
    )
    assert rows(con, query) == [(0,)]


FILES = {
    "AWS": "read_csv('{}/aws-*.csv.gz', all_varchar = true)",
    "Microsoft": "read_csv('{}/microsoft.csv.gz', all_varchar = true)",
    "Google Cloud": "read_parquet('{}/google-cloud.parquet')",
}


@pytest.mark.parametrize("provider", FILES)
def test_no_rule_of_focus_is_broken(provider):
    table = duckdb.sql(f"from {FILES[provider].format(FOLDER / 'focus')}").to_arrow_table()
    normalised, findings = focus.normalise(table)
    assert findings == []
    assert normalised.num_rows == FACTS["rows"][provider]


def test_a_broken_rule_would_have_been_found():
    table = duckdb.sql(
        f"select * replace ('Sometimes' as ChargeFrequency) from {FILES['Microsoft'].format(FOLDER / 'focus')}"
    ).to_arrow_table()
    assert "allowed-values" in {finding.rule for finding in focus.normalise(table)[1]}


def test_the_package_of_the_sample_needs_nothing_but_the_standard_library():
    source = importlib.util.find_spec("finopsnb_sample").origin
    code = f"import sys, runpy; runpy.run_path({source!r}); print(sorted(set(sys.modules) & {{'pandas', 'pyarrow', 'duckdb'}}))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_facts_are_json_with_exact_text():
    text = (FOLDER / "facts.json").read_text()
    assert json.loads(text, parse_float=pytest.fail) == FACTS
