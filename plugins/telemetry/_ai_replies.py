"""The replies of model providers as rows: what was used, by direction, and what it cost.

Every row has ``what`` (usage or cost), ``provider``, ``start``, ``end``, ``project``, ``model``, ``direction``, ``tier``,
``context``; a row of usage has ``quantity`` and ``unit``, a row of cost ``amount`` and ``currency``. All are texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from finopsnb.errors import SourceError
from finopsnb.plugins.api import Row

__all__ = ["CHARGE", "LITELLM", "rows_of"]

CHARGE, LITELLM = "charge", "litellm"

#: what OpenAI counts, as direction and unit; the tokens that came from the cache are among input_tokens
_OPENAI = {
    "input_cached_tokens": ("cached input", "Tokens"),
    "output_tokens": ("output", "Tokens"),
    "input_audio_tokens": ("audio input", "Tokens"),
    "output_audio_tokens": ("audio output", "Tokens"),
    "characters": ("input", "Characters"),
    "seconds": ("input", "Seconds"),
    "images": ("output", "Images"),
    "usage_bytes": ("storage", "Bytes"),
    "num_sessions": ("sessions", "Sessions"),
}

#: what Anthropic counts; its cost report has the same names as ``token_type``
_ANTHROPIC = {
    "uncached_input_tokens": ("input", "Tokens"),
    "cache_read_input_tokens": ("cached input", "Tokens"),
    "cache_creation.ephemeral_5m_input_tokens": ("cache write 5m", "Tokens"),
    "cache_creation.ephemeral_1h_input_tokens": ("cache write 1h", "Tokens"),
    "output_tokens": ("output", "Tokens"),
    "server_tool_use.web_search_requests": ("web search", "Requests"),
}


def rows_of(reply: Any, name: str) -> dict[str, list[Row]]:
    """The rows of one page by their kind; raises SourceError where it is none of the pages that are known."""
    if isinstance(reply, list) and all(isinstance(one, dict) and "spend" in one for one in reply):
        return {LITELLM: [{**one, "start": one.get("startTime"), "end": one.get("endTime")} for one in reply]}
    if not isinstance(reply, dict) or not isinstance(reply.get("data"), list):
        raise SourceError(f"{name} is no page of an AI usage or cost API; nothing of it was stored.", why=_complaint(reply))
    rows: list[Row] = []
    for bucket in reply["data"]:
        period = _period(bucket, name)
        for one in bucket.get("results") or bucket.get("result") or ():
            rows += ({**period, **row} for row in _result(one, name))
    return {CHARGE: rows}


def _result(one: Mapping[str, Any], name: str) -> Iterator[Row]:
    kind = str(one.get("object") or "")
    if kind.startswith("organization.costs"):
        yield _openai_cost(one)
    elif kind.startswith("organization.usage"):
        yield from _openai_usage(one, kind.split(".")[2])
    elif "amount" in one:
        yield _anthropic_cost(one)
    elif "output_tokens" in one:
        yield from _anthropic_usage(one)
    else:
        raise SourceError(f"{name} has a result of a kind that is not known; nothing of it was stored.", why=f"It has {', '.join(one)}.")


def _openai_usage(one: Mapping[str, Any], endpoint: str) -> Iterator[Row]:
    whole, cached = int(one.get("input_tokens") or 0), int(one.get("input_cached_tokens") or 0)
    counted = {("input", "Tokens"): max(whole - cached, 0)}
    counted |= {named: int(float(one.get(key) or 0)) for key, named in _OPENAI.items()}
    tier = "batch" if str(one.get("batch")).lower() == "true" else one.get("service_tier")
    row = {"what": "usage", "provider": "openai", "project": one.get("project_id"), "model": one.get("model"), "tier": tier}
    row |= {"api_key_id": one.get("api_key_id"), "user_id": one.get("user_id"), "endpoint": endpoint}
    yield from _directions(row, counted)


def _anthropic_usage(one: Mapping[str, Any]) -> Iterator[Row]:
    flat = dict(one) | {f"{outer}.{key}": n for outer, inner in one.items() if isinstance(inner, dict) for key, n in inner.items()}
    row = {"what": "usage", "provider": "anthropic", "project": one.get("workspace_id"), "model": one.get("model")}
    row |= {"tier": one.get("service_tier"), "context": one.get("context_window"), "api_key_id": one.get("api_key_id")}
    yield from _directions(row, {named: int(flat.get(key) or 0) for key, named in _ANTHROPIC.items()})


def _directions(row: Row, counted: Mapping[tuple[str, str], int]) -> Iterator[Row]:
    for (direction, unit), quantity in counted.items():
        if quantity:
            yield {**row, "direction": direction, "unit": unit, "quantity": str(quantity)}


def _openai_cost(one: Mapping[str, Any]) -> Row:
    """The line item names model and direction: ``gpt-4o-2024-08-06, cached input``."""
    amount, item = one.get("amount") or {}, one.get("line_item")
    model, _, direction = str(item or "").partition(", ")
    row = {"what": "cost", "provider": "openai", "project": one.get("project_id"), "model": model or None, "item": item}
    row |= {"direction": direction.lower() or None, "api_key_id": one.get("api_key_id"), "currency": amount.get("currency")}
    return row | _amount(one, amount.get("value"), "")


def _anthropic_cost(one: Mapping[str, Any]) -> Row:
    """Amounts are in cents: 123.45 is 1.2345 USD."""
    direction = _ANTHROPIC.get(str(one.get("token_type")), (str(one.get("cost_type") or "").replace("_", " ") or None, ""))[0]
    row = {"what": "cost", "provider": "anthropic", "project": one.get("workspace_id"), "model": one.get("model")}
    row |= {"direction": direction, "tier": one.get("service_tier"), "context": one.get("context_window"), "item": one.get("description")}
    known = one.get("currency") in (None, "USD")
    doubt = {} if known else {"_reason": f"amount: the smallest unit of {one.get('currency')} is not known", "_raw": dict(one)}
    return row | {"currency": one.get("currency") or "USD"} | _amount(one, one.get("amount"), "e-2") | doubt


def _amount(one: Mapping[str, Any], said: Any, exponent: str) -> Row:
    if said is None:
        return {"_reason": "amount: the reply says none", "_raw": dict(one)}
    return {"amount": f"{said}{exponent}"}


def _period(bucket: Any, name: str) -> Row:
    """The times of a bucket, of OpenAI in seconds since 1970, of Anthropic as ISO 8601."""
    try:
        if "starting_at" in bucket:
            return {"start": str(bucket["starting_at"]), "end": str(bucket["ending_at"])}
        return {key: datetime.fromtimestamp(int(bucket[f"{key}_time"]), UTC).isoformat() for key in ("start", "end")}
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise SourceError(f"{name} has a bucket without a period; nothing of it was stored.", why=str(bucket)[:160]) from error


def _complaint(reply: Any) -> str:
    error = reply.get("error") if isinstance(reply, dict) else None
    said = error.get("message") if isinstance(error, dict) else error
    return str(said or "A page has a list under data; spend logs of LiteLLM are a list.")[:200]
