"""Usage and cost of language models, the way OpenAI, Anthropic and LiteLLM report them; models, prices and use are invented.

The cost reports say the money, the usage reports the tokens of the same days. Anthropic writes cents, as text; OpenAI
dollars, as numbers. What goes through LiteLLM is of other providers, so nothing is told twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from charges import DAY
from identities import short
from native_facts import categories, told, total
from writing import binary, plain, write_json

Json = dict[str, Any]
FIRST = date(2026, 10, 1)
DAYS = tuple(FIRST + timedelta(days=number) for number in range(7))
#: tokens in thousands on an ordinary day, and how many times that on the day of the spike
SPIKE = date(2026, 10, 5), 10
MILLION = Decimal(1_000_000)

#: project, model, requests, tokens of a day by kind in thousands, USD for a million tokens of that kind
OPENAI = (
    ("proj_shopAssistant", "gpt-4o-2024-08-06", 410, {"input": (820, "2.50"), "cached input": (310, "1.25"), "output": (96, "10.00")}),
    ("proj_shopAssistant", "gpt-4o-mini-2024-07-18", 5200, {"input": (9400, "0.15"), "output": (1210, "0.60")}),
    ("proj_support0042", "gpt-4o-mini-2024-07-18", 930, {"input": (2105, "0.15"), "cached input": (400, "0.075"), "output": (330, "0.60")}),
)
#: workspace, model, tier, tokens of a day by kind in thousands, USD for a million
ANTHROPIC = (
    ("wrkspc_01Catalogue", "claude-sonnet-4-20250514", "standard", {
        "uncached_input_tokens": (615, "3.00"), "cache_creation.ephemeral_5m_input_tokens": (120, "3.75"),
        "cache_read_input_tokens": (2410, "0.30"), "output_tokens": (88, "15.00"),
    }),
    ("wrkspc_01Catalogue", "claude-3-5-haiku-20241022", "batch", {"uncached_input_tokens": (5100, "0.40"), "output_tokens": (260, "2.00")}),
    (None, "claude-sonnet-4-20250514", "standard", {"uncached_input_tokens": (43, "3.00"), "output_tokens": (7, "15.00")}),
)  # fmt: skip
SEARCHES = 37  # a day, at a cent each
#: team, model, provider, calls a day, tokens of a prompt and of a completion, USD for a million of each
LITELLM = (
    ("team-search", "mistral/mistral-small-latest", "mistral", 6, 1840, 215, "0.10", "0.30"),
    ("team-data", "azure/gpt-4o-eu", "azure", 4, 3120, 640, "2.75", "11.00"),
    ("", "groq/llama-3.1-8b-instant", "groq", 3, 905, 77, "0.05", "0.08"),
)


def write(folder: Path) -> Json:
    """Pages of each interface; returns the facts by format."""
    place = folder / "ai-usage"
    pages = {
        "openai-costs": _pages([_openai_bucket(day, _openai_costs(day)) for day in DAYS], "page"),
        "openai-usage-completions": _pages([_openai_bucket(day, _openai_usage(day)) for day in DAYS], "page"),
        "anthropic-cost-report": _pages([_anthropic_bucket(day, _anthropic_costs(day)) for day in DAYS]),
        "anthropic-usage-report": _pages([_anthropic_bucket(day, _anthropic_usage(day)) for day in DAYS]),
    }
    files = {}
    for name, two in pages.items():
        for number, page in enumerate(two, start=1):
            write_json(place / f"{name}-{number}.json", page)
            files[f"{name}-{number}.json"] = sum(len(bucket["results"]) for bucket in page["data"])
    logs = [log for day in DAYS for log in _litellm(day)]
    write_json(place / "litellm-spend-logs.json", logs)
    return {"ai-usage": _facts({**files, "litellm-spend-logs.json": len(logs)})}


def _pages(buckets: list[Json], kind: str = "") -> list[Json]:
    """Two pages, the first of four days."""
    head = {"object": kind} if kind else {}
    after = f"page_{short(str(buckets[4]), 20)}"
    first = {**head, "data": buckets[:4], "has_more": True, "next_page": after}
    return [first, {**head, "data": buckets[4:], "has_more": False, "next_page": None}]


def _tokens(thousands: int, day: date) -> int:
    """Odd numbers, so that sums are not round; more on each day, and most on the day of the spike."""
    spike_day, times = SPIKE
    return (thousands * 1000 + 37 * day.day) * (times if day == spike_day else 1)


def _seconds(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _openai_bucket(day: date, results: list[Json]) -> Json:
    return {"object": "bucket", "start_time": _seconds(day), "end_time": _seconds(day + DAY), "results": results}


def _openai_costs(day: date) -> list[Json]:
    return [
        {
            "object": "organization.costs.result",
            "amount": {"value": binary(_tokens(thousands, day) * Decimal(price) / MILLION), "currency": "usd"},
            "line_item": f"{model}, {kind}",
            "project_id": project,
        }
        for project, model, _, kinds in OPENAI
        for kind, (thousands, price) in kinds.items()
    ]


def _openai_usage(day: date) -> list[Json]:
    """Input tokens include those that were cached, as OpenAI counts them."""
    found = []
    for project, model, requests, kinds in OPENAI:
        tokens = {kind: _tokens(thousands, day) for kind, (thousands, _) in kinds.items()}
        cached = tokens.get("cached input", 0)
        counts = {"input_tokens": tokens["input"] + cached, "output_tokens": tokens["output"], "input_cached_tokens": cached}
        audio = {"input_audio_tokens": 0, "output_audio_tokens": 0, "num_model_requests": requests}
        of = {"project_id": project, "user_id": None, "api_key_id": None, "model": model, "batch": None, "service_tier": None}
        found.append({"object": "organization.usage.completions.result", **counts, **audio, **of})
    return found


def _anthropic_bucket(day: date, results: list[Json]) -> Json:
    return {"starting_at": f"{day}T00:00:00Z", "ending_at": f"{day + DAY}T00:00:00Z", "results": results}


def _anthropic_costs(day: date) -> list[Json]:
    found = []
    for workspace, model, tier, kinds in ANTHROPIC:
        for kind, (thousands, price) in kinds.items():
            cents = _tokens(thousands, day) * Decimal(price) / MILLION * 100
            of = {"model": model, "service_tier": tier, "token_type": kind, "context_window": "0-200k", "inference_geo": None}
            found.append({**_cents(cents, workspace, f"{model} Usage - {kind}"), "cost_type": "tokens", **of})
    nothing = dict.fromkeys(("model", "service_tier", "token_type", "context_window", "inference_geo"))
    return [*found, {**_cents(Decimal(SEARCHES), "wrkspc_01Catalogue", "Web Search Usage"), "cost_type": "web_search", **nothing}]


def _cents(amount: Decimal, workspace: str | None, text: str) -> Json:
    return {"currency": "USD", "amount": plain(amount), "workspace_id": workspace, "description": text}


def _anthropic_usage(day: date) -> list[Json]:
    found = []
    for workspace, model, tier, kinds in ANTHROPIC:
        tokens = {kind: _tokens(thousands, day) for kind, (thousands, _) in kinds.items()}
        short_lived = tokens.get("cache_creation.ephemeral_5m_input_tokens", 0)
        counts = {name: tokens.get(name, 0) for name in ("uncached_input_tokens", "cache_read_input_tokens", "output_tokens")}
        made = {"cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": short_lived}}
        searches = SEARCHES if (workspace, tier) == ("wrkspc_01Catalogue", "standard") else 0
        of = {"api_key_id": None, "workspace_id": workspace, "model": model, "service_tier": tier, "context_window": "0-200k"}
        found.append({**counts, **made, "server_tool_use": {"web_search_requests": searches}, **of})
    return found


def _litellm(day: date) -> Iterator[Json]:
    for team, model, provider, calls, prompt, completion, price_in, price_out in LITELLM:
        for number in range(calls):
            asked, told_back = prompt + 13 * number + day.day, completion + 7 * number
            spend = (asked * Decimal(price_in) + told_back * Decimal(price_out)) / MILLION
            start = datetime(day.year, day.month, day.day, 8 + number, 5, 11, 250000, tzinfo=UTC)
            counts = {"total_tokens": asked + told_back, "prompt_tokens": asked, "completion_tokens": told_back}
            yield {**_call(model, provider, team, start), "spend": binary(spend), **counts}


def _call(model: str, provider: str, team: str, start: datetime) -> Json:
    times = {"startTime": start, "endTime": start + timedelta(seconds=3), "completionStartTime": start + timedelta(seconds=1)}
    return {
        "request_id": f"chatcmpl-{short(f'{model}{start}', 24)}",
        "call_type": "acompletion",
        "api_key": short(f"key of {team}", 32),
        **{name: f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z" for name, time in times.items()},
        "model": model.split("/")[1],
        "model_group": model,
        "custom_llm_provider": provider,
        "api_base": f"https://api.{provider}.example/v1",
        "user": "assistant@larkspur.example",
        "metadata": {"user_api_key_team_alias": team or None, "user_api_key_alias": "assistant"},
        "cache_hit": "False",
        "request_tags": [f"team:{team}"] if team else [],
        "team_id": team or None,
        "end_user": "",
        "status": "success",
    }


def _facts(files: dict[str, int]) -> Json:
    """Money by who reports it: the totals; tokens by model and direction, from the usage reports and logs."""
    logs = [log for day in DAYS for log in _litellm(day)]
    money = {
        "openai": _sum(Decimal(repr(one["amount"]["value"])) for day in DAYS for one in _openai_costs(day)),
        "anthropic": _sum(Decimal(one["amount"]) for day in DAYS for one in _anthropic_costs(day)) / 100,
        "litellm": _sum(Decimal(repr(log["spend"])) for log in logs),
    }
    rows = {name: count for name, count in files.items() if "cost" in name or "litellm" in name}
    return told(
        files,
        [total(account, FIRST, "USD", amount, amount) for account, amount in money.items()],
        categories("Usage" for _ in range(sum(rows.values()))),
        special={
            "about": "Rows and totals are of the cost reports and the logs, which name no account; the usage reports say the tokens.",
            "spike": {"day": str(SPIKE[0]), "factor": str(SPIKE[1])},
            "tokens": _token_facts(logs),
            "web_searches": SEARCHES * len(DAYS),
            "anthropic_cents": plain(money["anthropic"] * 100),
        },
    )


def _sum(amounts: Iterator[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _token_facts(logs: list[Json]) -> Json:
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for model, kinds in [row[1:4:2] for row in OPENAI] + [row[1:4:2] for row in ANTHROPIC]:
        for kind, (thousands, _) in kinds.items():
            found[model]["output" if kind.startswith("output") else "input"] += sum(_tokens(thousands, day) for day in DAYS)
    for log in logs:
        found[log["model"]]["input"] += log["prompt_tokens"]
        found[log["model"]]["output"] += log["completion_tokens"]
    return {model: dict(directions) for model, directions in sorted(found.items())}
