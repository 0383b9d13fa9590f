"""What to ask the APIs of model providers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from finopsnb.plugins.api import Server, Window

from ._ai_replies import LITELLM, rows_of

__all__ = ["SERVERS", "anthropic", "headers", "openai", "spend_logs"]

#: where each provider answers
SERVERS = {"openai": "https://api.openai.com", "anthropic": "https://api.anthropic.com", "litellm": "", "": ""}

_PAGES = {"limit": "31", "bucket_width": "1d"}
_VERSION = "2023-06-01"


def headers(provider: str, key: str) -> dict[str, str]:
    """How each provider wants to be shown the key."""
    if not key:
        return {}
    return {"x-api-key": key, "anthropic-version": _VERSION} if provider == "anthropic" else {"Authorization": f"Bearer {key}"}


def openai(server: Server, window: Window, endpoints: Iterable[str]) -> Iterator[Any]:
    """The pages of usage of each endpoint, and of the costs."""
    times = dict(zip(("start_time", "end_time"), window.seconds, strict=True))
    by = ["project_id", "user_id", "api_key_id", "model"]
    for endpoint in endpoints:
        yield from server.pages(f"/v1/organization/usage/{endpoint}", {**times, **_PAGES, "group_by": by})
    yield from server.pages("/v1/organization/costs", {**times, **_PAGES, "group_by": ["project_id", "line_item"]})


def anthropic(server: Server, window: Window) -> Iterator[Any]:
    """The pages of the usage report and of the cost report."""
    start, end = window.as_text.split(",")
    by = ["workspace_id", "api_key_id", "model", "service_tier", "context_window"]
    query = {"starting_at": start, "ending_at": end, **_PAGES}
    yield from server.pages("/v1/organizations/usage_report/messages", {**query, "group_by[]": by})
    yield from server.pages("/v1/organizations/cost_report", {**query, "group_by[]": ["workspace_id", "description"]})


def spend_logs(server: Server, day: Window) -> Iterator[Any]:
    """The requests of one day; LiteLLM takes the end for a time that is still in it."""
    logs = server.get("/spend/logs", {"start_date": str(day.start), "end_date": str(day.end), "summarize": "false"})
    rows = rows_of(logs, "The reply of /spend/logs").get(LITELLM, [])
    yield [row for row in rows if str(row["start"])[:10] == str(day.start)]
