"""The replies of OpenCost and of model providers in the sample are what facts.json says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.data.native import FACTS, replies, summed, told

# --- Kubernetes


def test_opencost_allocations_are_the_sum_of_their_parts_and_add_up():
    special, found = FACTS["opencost"]["special"], replies("opencost/allocation.json")["data"]
    allocations = [allocation for one in found for allocation in one.values()]
    for allocation in allocations:
        assert sum(allocation[part] for part in special["parts"]) == allocation["totalCost"]
    parts = {part: sum(allocation[part] for allocation in allocations) for part in special["parts"]}
    assert parts == {part: Decimal(amount) for part, amount in special["parts"].items()}
    assert sum(one["totalCost"] for one in allocations) == told("opencost", "BilledCost")["shop-eu-0017", "2026-10", "USD"]
    namespaces = summed((one["properties"].get("namespace", "__idle__"), one["totalCost"]) for one in allocations)
    assert namespaces == {name: Decimal(amount) for name, amount in special["namespaces"].items()}
    assert len(allocations) == FACTS["opencost"]["files"]["allocation.json"]


def test_opencost_clouds_add_up_in_each_of_their_five_costs():
    found = replies("opencost/cloudCost.json")["data"]["sets"]
    costs = [cost for one in found for cost in one["cloudCosts"].values()]
    assert len(costs) == FACTS["opencost"]["files"]["cloudCost.json"]
    assert FACTS["opencost"]["rows"] == sum(FACTS["opencost"]["files"].values())
    for column, name in {"BilledCost": "netCost", "EffectiveCost": "amortizedNetCost"}.items():
        sums = summed(((cost["properties"]["invoiceEntityID"], "2026-10", "USD"), cost[name]["cost"]) for cost in costs)
        assert sums.items() <= told("opencost", column).items()
    for provider, fact in FACTS["opencost"]["special"]["cloudCost"].items():
        own = [cost for cost in costs if cost["properties"]["provider"] == provider]
        names = [name for name in fact if name != "rows"]
        assert {name: sum(cost[name]["cost"] for cost in own) for name in names} == {name: Decimal(fact[name]) for name in names}


# --- language models


def pages(kind):
    """The buckets of both pages, in order."""
    first, second = (replies(f"ai-usage/{kind}-{number}.json") for number in (1, 2))
    assert (first["has_more"], second["has_more"], second["next_page"]) == (True, False, None)
    assert first["next_page"].startswith("page_")
    return [*first["data"], *second["data"]]


def results(kind):
    return [result for bucket in pages(kind) for result in bucket["results"]]


def test_models_costs_add_up_anthropic_in_cents():
    logs = replies("ai-usage/litellm-spend-logs.json")
    found = {
        "openai": sum(one["amount"]["value"] for one in results("openai-costs")),
        "anthropic": sum(Decimal(one["amount"]) for one in results("anthropic-cost-report")) / 100,
        "litellm": sum(log["spend"] for log in logs),
    }
    assert {(name, "2026-10", "USD"): amount for name, amount in found.items()} == told("ai-usage", "BilledCost")
    rows = len(results("openai-costs")) + len(results("anthropic-cost-report")) + len(logs)
    assert FACTS["ai-usage"]["charge_categories"] == {"Usage": rows}


def test_models_tokens_are_those_of_the_usage_reports_and_logs():
    found = Counter()
    for one in results("openai-usage-completions"):
        found.update({(one["model"], "input"): one["input_tokens"], (one["model"], "output"): one["output_tokens"]})
        assert one["input_cached_tokens"] <= one["input_tokens"]
    for one in results("anthropic-usage-report"):
        read = one["uncached_input_tokens"] + one["cache_read_input_tokens"] + sum(one["cache_creation"].values())
        found.update({(one["model"], "input"): read, (one["model"], "output"): one["output_tokens"]})
    for log in replies("ai-usage/litellm-spend-logs.json"):
        assert log["total_tokens"] == log["prompt_tokens"] + log["completion_tokens"]
        found.update({(log["model"], "input"): log["prompt_tokens"], (log["model"], "output"): log["completion_tokens"]})
    facts = FACTS["ai-usage"]["special"]["tokens"]
    assert found == {(model, direction): count for model, both in facts.items() for direction, count in both.items()}


def test_models_spike_is_on_its_day():
    spike = FACTS["ai-usage"]["special"]["spike"]
    daily = {bucket["start_time"]: sum(one["amount"]["value"] for one in bucket["results"]) for bucket in pages("openai-costs")}
    days = {str((datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).date()): cost for seconds, cost in daily.items()}
    assert max(days, key=days.get) == spike["day"]
    assert len(days) == 7
    assert days[spike["day"]] > 9 * min(days.values())
