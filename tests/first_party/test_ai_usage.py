"""ai-usage: what models cost and how many tokens that was, from saved pages and from servers that speak the APIs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import finopsnb_sample
from finopsnb.errors import PluginConfigError, SourceError
from finopsnb.plugins.decorators.calls import clock
from finopsnb.plugins.testing import new_session
from finopsnb_plugins.telemetry.ai_usage import AiUsagePlugin
from tests.answering import Answer, answering

OCTOBER_5 = 1791158400  # in seconds since 1970


def page(*results, day=5, more=None):
    bucket = {
        "object": "bucket",
        "start_time": OCTOBER_5 + (day - 5) * 86400,
        "end_time": OCTOBER_5 + (day - 4) * 86400,
        "results": results,
    }
    return {"object": "page", "data": [bucket], "has_more": more is not None, "next_page": more}


def claude_page(*results, day=5):
    bucket = {"starting_at": f"2026-10-{day:02}T00:00:00Z", "ending_at": f"2026-10-{day + 1:02}T00:00:00Z", "results": results}
    return {"data": [bucket], "has_more": False, "next_page": None}


def usage(model="gpt-x", key=None, **tokens):
    return {"object": "organization.usage.completions.result", "project_id": "proj_a", "model": model, "api_key_id": key, **tokens}


def cost(value, item="gpt-x, input", project="proj_a", currency="usd"):
    amount = {"value": value, "currency": currency}
    return {"object": "organization.costs.result", "amount": amount, "line_item": item, "project_id": project}


def claude(model="claude-x", **tokens):
    return {"workspace_id": "wrk", "model": model, "service_tier": "standard", "context_window": "0-200k", "output_tokens": 0, **tokens}


def claude_cost(amount, token_type="uncached_input_tokens", model="claude-x", **more):
    known = {"workspace_id": "wrk", "model": model, "service_tier": "standard", "context_window": "0-200k"}
    return {"amount": amount, "currency": "USD", "cost_type": "tokens", "description": "Usage", "token_type": token_type, **known, **more}


@pytest.fixture
def session():
    with new_session() as session:
        yield session


def write(folder, files):
    """Replies by their names; an amount that is written as "<0.1>" is the number 0.1."""
    for name, reply in files.items():
        (folder / f"{name}.json").write_text(json.dumps(reply).replace('"<', "").replace('>"', ""))


def collected(folder, files, **settings):
    """The rows of the plugin alone, without a session; what it reads of the money apart from them must be the same."""
    write(folder, files)
    plugin = AiUsagePlugin({"path": str(folder), **settings})
    tables = [table.filter(pc.is_null(table["_reason"])) for _, table in plugin.collect_telemetry() if table is not None]
    rows = pa.concat_tables(tables).to_pandas().sort_values(["SkuMeter", "SkuPriceDetails", "ConsumedQuantity", "BilledCost"])
    told = sum(one["total"] for one in plugin.control_totals().to_pylist() if one["measure"] == "BilledCost")
    assert told == rows.BilledCost.sum()
    return rows


def said(rows):
    direction = [json.loads(one)["x_Direction"] if isinstance(one, str) else None for one in rows.SkuPriceDetails]
    quantity = [None if one is None or one != one else int(one) for one in rows.ConsumedQuantity]
    return list(zip(direction, quantity, rows.BilledCost, rows.x_CostFrom, strict=True))


FROM = "cost report"
SHARED = "cost report, shared by usage"
ELSEWHERE = "other rows of the cost report"

CASES = {
    "cost finds its tokens": (
        {"u": page(usage(input_tokens=100, input_cached_tokens=40, output_tokens=7)), "c": page(cost("<0.30000000000000004>"))},
        [
            ("cached input", 40, Decimal(0), ELSEWHERE),
            ("input", 60, Decimal("0.30000000000000004"), FROM),
            ("output", 7, Decimal(0), ELSEWHERE),
        ],
    ),
    "cost is shared out by key, to the last digit": (
        {"u": page(*(usage(key=key, input_tokens=1) for key in "abc")), "c": page(cost("<0.1>"))},
        [
            ("input", 1, Decimal("0.033333333333333333"), SHARED),
            ("input", 1, Decimal("0.033333333333333333"), SHARED),
            ("input", 1, Decimal("0.033333333333333334"), SHARED),
        ],
    ),
    "a refund is shared out too": (
        {"u": page(*(usage(key=key, input_tokens=1) for key in "ab")), "c": page(cost("<-3>"))},
        [("input", 1, Decimal("-1.5"), SHARED), ("input", 1, Decimal("-1.5"), SHARED)],
    ),
    "a cost without its usage stays": ({"c": page(cost("<2.5>", item=None))}, [(None, None, Decimal("2.5"), FROM)]),
    "costs of one kind are not guessed apart": (
        {"u": page(usage(input_tokens=5)), "c": page(cost("<1>"), cost("<1>"))},
        [("input", 5, Decimal(0), ELSEWHERE), ("input", None, Decimal(1), FROM), ("input", None, Decimal(1), FROM)],
    ),
    "another project is not meant": (
        {"u": page(usage(input_tokens=5)), "c": page(cost("<1>", project="proj_b"))},
        [("input", 5, Decimal(0), ELSEWHERE), ("input", None, Decimal(1), FROM)],
    ),
    "no tokens, no row": ({"u": page(usage(input_tokens=0)), "c": page(cost("<1>"))}, [("input", None, Decimal(1), FROM)]),
    "cents": (
        {"u": claude_page(claude(uncached_input_tokens=9)), "c": claude_page(claude_cost("123.78912"))},
        [("input", 9, Decimal("1.2378912"), FROM)],
    ),
    "Anthropic's directions": (
        {
            "u": claude_page(
                claude(
                    cache_creation={"ephemeral_1h_input_tokens": 1, "ephemeral_5m_input_tokens": 2},
                    cache_read_input_tokens=3,
                    server_tool_use={"web_search_requests": 4},
                )
            ),
            "c": claude_page(
                claude_cost("1", "cache_creation.ephemeral_1h_input_tokens"),
                claude_cost("2", "cache_creation.ephemeral_5m_input_tokens"),
                claude_cost("3", "cache_read_input_tokens"),
                claude_cost("4", None, model=None, cost_type="web_search", service_tier=None, context_window=None),
            ),
        },
        [
            ("cache write 1h", 1, Decimal("0.01"), FROM),
            ("cache write 5m", 2, Decimal("0.02"), FROM),
            ("cached input", 3, Decimal("0.03"), FROM),
            ("web search", 4, Decimal("0.04"), FROM),
        ],
    ),
    "the tier matters": (
        {"u": claude_page(claude(uncached_input_tokens=9)), "c": claude_page(claude_cost("100", service_tier="batch"))},
        [("input", None, Decimal(1), FROM), ("input", 9, Decimal(0), ELSEWHERE)],
    ),
    "the same pages twice count once": (
        {name: page(one) for name, one in {"u1": usage(input_tokens=6), "u2": usage(input_tokens=6), "c1": cost("<3>")}.items()},
        [("input", 6, Decimal(3), FROM)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_charges(tmp_path, case):
    files, expected = CASES[case]
    assert said(collected(tmp_path, files)) == expected


def test_a_cost_report_that_comes_twice_is_a_duplicate(session, tmp_path):
    usages = page(usage(input_tokens=2, key="k1"), usage(input_tokens=1, key="k2"))
    write(tmp_path, {"a": page(cost(3)), "b": page(cost(3)), "u": usages})
    session.load("ai-usage", path=str(tmp_path))
    session.collect("ai-usage")
    assert sorted(session.frame("costs").BilledCost) == [Decimal(1), Decimal(2)]
    assert session.last_run["rows_duplicate"] == 2
    assert set(session.reconcile("ai-usage").status) == {"matches"}


def test_a_cost_that_nobody_knows_is_not_0(session, tmp_path):
    write(tmp_path, {"u": page(usage(input_tokens=5))})
    session.load("ai-usage", path=str(tmp_path))
    assert len(session.collect("ai-usage")) == 0
    (refused,) = session.quarantine().itertuples()
    assert "no cost report of the day and no price" in refused.reason
    assert json.loads(refused.raw)["quantity"] == "5"


def test_prices_for_what_no_report_covers(tmp_path):
    prices = [
        {"model": "gpt-x*", "direction": "input", "per_million": "2.50"},
        {"model": "gpt-x", "direction": "output", "per_million": "0.000000000000001", "currency": "EUR"},
    ]
    files = {"u": page(usage("gpt-x-2026", input_tokens=1234567), usage(output_tokens=3)), "c": page(cost("<1>"), day=6)}
    rows = collected(tmp_path, files, prices=prices)
    assert set(zip(rows.SkuMeter, rows.BilledCost, rows.BillingCurrency, rows.x_CostFrom, strict=True)) == {
        ("gpt-x-2026", Decimal("3.0864175"), "USD", "prices"),
        ("gpt-x", Decimal(0), "EUR", "prices"),  # less than the last decimal that is stored
        ("gpt-x", Decimal(1), "USD", "cost report"),
    }


def test_who_it_was_for(tmp_path):
    (row,) = collected(tmp_path, {"u": page(usage(input_tokens=5, key="key_1", user_id="user_1")), "c": page(cost(1))}).itertuples()
    assert (row.SubAccountId, row.SubAccountType, row.BillingAccountId) == ("proj_a", "Project", "openai")
    assert json.loads(row.Tags) == {"openai:api-key-id": "key_1", "openai:user-id": "user_1"}


def test_amounts_that_cannot_be_read_are_set_aside(session, tmp_path):
    no_amount = {**cost(1), "amount": None}
    files = {"c": page(no_amount, cost("a lot"), cost(7)), "d": claude_page(claude_cost("5", currency="JPY"))}
    write(tmp_path, files)
    session.load("ai-usage", path=str(tmp_path))
    assert session.collect("ai-usage").BilledCost.tolist() == [Decimal(7)]
    assert sorted(session.quarantine().reason) == [
        "amount: 'a lot' is not a decimal number",
        "amount: the reply says none",
        "amount: the smallest unit of JPY is not known",
    ]


def test_usage_that_changes_brings_its_costs_along(session, tmp_path):
    one, two = usage(input_tokens=1, key="a"), usage(input_tokens=3, key="b")
    write(tmp_path, {"u": page(one), "c": page(cost(4))})
    session.load("ai-usage", path=str(tmp_path))
    session.collect("ai-usage")
    write(tmp_path, {"u": page(one, two)})
    session.collect("ai-usage")
    assert sorted(session.frame("costs").BilledCost) == [Decimal(1), Decimal(3)]
    session.collect("ai-usage")
    assert session.last_run["rows_in"] == 0


LOG = {
    "request_id": "r1",
    "call_type": "acompletion",
    "api_key": "sk-1234567890abcdef",
    "spend": 0.0002486,
    "total_tokens": 30,
    "prompt_tokens": 20,
    "completion_tokens": 10,
    "startTime": "2026-10-05T08:05:11.250Z",
    "endTime": "2026-10-05T08:05:14.250Z",
    "model": "m",
    "custom_llm_provider": "bedrock",
    "team_id": "search",
    "metadata": {"user_api_key_team_alias": "Search"},
}
FORMS = {
    "logs.json": json.dumps([LOG]),
    "logs.jsonl": json.dumps(LOG),
    "logs.csv": "request_id,spend,total_tokens,startTime,endTime,model,custom_llm_provider,team_id,metadata,api_key\n"
    'r1,0.0002486,30,2026-10-05 08:05:11.25,2026-10-05 08:05:14.25,m,bedrock,search,"{""user_api_key_team_alias"":""Search""}",h\n',
}


@pytest.mark.parametrize("name", FORMS)
def test_spend_logs_of_litellm(session, tmp_path, name):
    (tmp_path / name).write_text(FORMS[name])
    session.load("ai-usage", path=str(tmp_path))
    (row,) = session.collect("ai-usage").itertuples()
    assert (row.BilledCost, row.ConsumedQuantity, row.SkuMeter, row.ProviderName) == (Decimal("0.0002486"), 30, "m", "AWS")
    assert (row.SubAccountId, row.SubAccountName, row.BillingAccountId) == ("search", "Search", "litellm")
    assert "sk-" not in str(row)
    assert str(row.ChargePeriodStart) == "2026-10-05 08:05:11.250000+00:00"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"error": {"message": "Missing scopes: api.usage.read"}}', "Missing scopes"),
        ('{"data": [{"results": [{"object": "organization.costs.result"}]}]}', "bucket without a period"),
        ('{"data": [{"start_time": 1, "end_time": 2, "results": [{"object": "cat"}]}]}', "a kind that is not known"),
        ('[{"cost": 1}]', "no page of an AI usage or cost API"),
        ("", "not JSON"),
    ],
)
def test_a_file_that_is_no_page(session, tmp_path, body, why):
    (tmp_path / "page.json").write_text(body)
    session.load("ai-usage", path=str(tmp_path))
    with pytest.raises(SourceError, match=why):
        session.collect("ai-usage")


def test_the_sample_adds_up(session):
    facts = finopsnb_sample.facts()["native"]["ai-usage"]
    session.load("ai-usage", path=str(Path(finopsnb_sample.path()) / "native" / "ai-usage"))
    rows = session.collect("ai-usage")
    assert len(rows) == facts["rows"]
    expected = {one["BillingAccountId"]: Decimal(one["BilledCost"]) for one in facts["totals"]}
    assert rows.groupby("BillingAccountId").BilledCost.sum().to_dict() == expected
    assert set(session.reconcile("ai-usage").status) == {"matches"}
    tokens = rows[rows.ServiceName != "LiteLLM"].groupby("SkuMeter").ConsumedQuantity.sum()
    counted = {model: both["input"] + both["output"] for model, both in facts["special"]["tokens"].items() if model in tokens.index}
    counted["claude-sonnet-4-20250514"] += facts["special"]["web_searches"]
    assert tokens.to_dict() == counted


# ---- servers


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(AiUsagePlugin, "now", staticmethod(lambda: datetime(2026, 10, 7, 1, tzinfo=UTC)))
    monkeypatch.setattr(clock, "sleep", lambda seconds: None)


def openai(asked):
    """Two days; the costs come on two pages, after a busy moment."""
    if asked.path.endswith("/usage/completions"):
        return page(usage(input_tokens=10, key="k"))
    if asked.path.endswith("/costs"):
        return page(cost(2), day=6) if "page" in asked.query else page(cost(1), more="page_2")
    return page()


def test_openai(session):
    answers = [Answer(status=429, headers={"Retry-After": "1"}), Answer(status=500)]
    with answering(lambda asked: answers.pop() if answers else openai(asked)) as server:
        session.load("ai-usage", provider="openai", url=server.url, api_key="sk-admin-0123456789", days=2)
        rows = session.collect("ai-usage")
    assert sorted(zip(rows.ChargePeriodStart.dt.day, rows.BilledCost, strict=True)) == [(5, Decimal(1)), (6, Decimal(2))]
    asked = server.asked[2:]
    assert [one.path.removeprefix("/v1/organization/") for one in asked] == ["usage/completions", "usage/embeddings", "costs", "costs"]
    assert {one.headers["authorization"] for one in asked} == {"Bearer sk-admin-0123456789"}
    first, last = asked[0].query, asked[-1].query
    assert (first["start_time"], first["end_time"]) == ([str(OCTOBER_5)], [str(OCTOBER_5 + 2 * 86400)])
    assert first["group_by"] == ["project_id", "user_id", "api_key_id", "model"]
    assert (last["page"], last["group_by"]) == (["page_2"], ["project_id", "line_item"])
    assert "sk-admin" not in str(session.runs().to_dict()) + str(session.sql("select * from state").to_dict())


def test_anthropic(session):
    def respond(asked):
        day, costs = int(asked.query["starting_at"][0][8:10]), asked.path.endswith("cost_report")
        return claude_page(claude_cost("250") if costs else claude(uncached_input_tokens=day, api_key_id="k"), day=day)

    with answering(respond) as server:
        session.load("ai-usage", provider="anthropic", url=server.url, api_key="key-0123456789", days=2, lag_days=1)
        rows = session.collect("ai-usage")
        session.collect("ai-usage")
    assert sorted(session.frame("costs").ConsumedQuantity) == [5, 6]
    assert (rows.BilledCost[0], rows.ConsumedQuantity[0], rows.SubAccountId[0]) == (Decimal("2.5"), 5, "wrk")
    first, again = server.asked[0], server.asked[2]
    assert (first.headers["x-api-key"], first.headers["anthropic-version"]) == ("key-0123456789", "2023-06-01")
    assert first.query["starting_at"] == ["2026-10-05T00:00:00Z"]
    assert again.query["starting_at"] == ["2026-10-06T00:00:00Z"]
    assert set(session.reconcile("ai-usage").status) == {"matches"}


def test_litellm(session):
    late = {**LOG, "request_id": "r2", "startTime": "2026-10-06T00:00:00Z"}
    with answering(lambda asked: [LOG, late]) as server:
        session.load("ai-usage", provider="litellm", url=server.url, days=2)
        assert len(session.collect("ai-usage")) == 2
    assert server.asked[0].query == {"start_date": ["2026-10-05"], "end_date": ["2026-10-06"], "summarize": ["false"]}


def test_a_refused_key_says_which_setting(session):
    with answering(lambda asked: Answer({"error": "invalid x-api-key"}, status=401)) as server:
        session.load("ai-usage", provider="anthropic", url=server.url, api_key="wrong-key-value")
        with pytest.raises(SourceError, match="refused with 401") as error:
            session.collect("ai-usage")
    assert "an admin key" in str(error.value)
    assert "wrong-key-value" not in str(error.value)


def test_days_that_were_not_asked_for(session):
    with answering(lambda asked: page(cost(1), day=20)) as server:
        session.load("ai-usage", provider="openai", url=server.url)
        with pytest.raises(SourceError, match="answered for 2026-10-20"):
            session.collect("ai-usage")


def test_a_provider_or_files(session):
    for settings in ({}, {"provider": "litellm"}, {"provider": "openai", "path": "x"}):
        with pytest.raises(PluginConfigError):
            session.load("ai-usage", **settings)
