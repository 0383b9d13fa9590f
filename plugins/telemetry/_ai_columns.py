"""The FOCUS columns of what model providers say."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins.api import Row, periods, used
from finopsnb.plugins.exports import Raw

__all__ = ["charge", "labelled", "spend_log"]

_COMPANIES = {"openai": "OpenAI", "anthropic": "Anthropic"}
_SERVICES = {"openai": "OpenAI API", "anthropic": "Claude API"}
_PROJECTS = {"openai": "Project", "anthropic": "Workspace"}
#: LiteLLM's names of providers, and who sends their invoice
_BEHIND_LITELLM = _COMPANIES | {
    "azure": "Microsoft",
    "azure_ai": "Microsoft",
    "bedrock": "AWS",
    "bedrock_converse": "AWS",
    "sagemaker": "AWS",
    "vertex_ai": "Google Cloud",
    "gemini": "Google Cloud",
    "mistral": "Mistral AI",
    "cohere": "Cohere",
    "groq": "Groq",
    "databricks": "Databricks",
}
_AI = {"ServiceCategory": "AI and Machine Learning", "ServiceSubcategory": "Generative AI"}
_COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
_NAMES = ("ProviderName", "PublisherName", "InvoiceIssuerName")


def labelled(row: Row) -> Row:
    """With its tags, and the properties of its price: those that FOCUS has no word for begin with x_."""
    provider = row["provider"]
    tags = {f"{provider}:{name.replace('_', '-')}": row[name] for name in ("api_key_id", "user_id") if row.get(name)}
    details = {"x_Direction": row.get("direction"), "x_ServiceTier": row.get("tier"), "x_ContextWindow": row.get("context")}
    return {**row, "tags": tags, "details": {name: value for name, value in details.items() if value}}


def charge(raw: Raw) -> dict[str, Any]:
    """A row of a cost report, of usage, or of both."""
    from finopsnb.plugins.exports import values as v

    provider, model = raw.text("provider"), raw.text("model")
    cost = raw.number("amount")
    return {
        **periods(raw),
        **used(raw),
        **_AI,
        **dict.fromkeys(_COSTS, cost),
        **dict.fromkeys(_NAMES, v.looked_up(provider, _COMPANIES)),
        "BillingCurrency": raw.text("currency").upper(),
        "BillingAccountType": "Organization",
        "SubAccountId": raw.text("project"),
        "SubAccountType": v.choose((raw.text("project").notnull(), v.looked_up(provider, _PROJECTS)), otherwise=v.nothing(model)),
        "ServiceName": v.looked_up(provider, _SERVICES),
        "ChargeDescription": raw.text("item").coalesce(model + ", " + raw.text("direction"), model),
        **dict.fromkeys(("ConsumedQuantity", "PricingQuantity"), raw.number("quantity")),
        **dict.fromkeys(("ConsumedUnit", "PricingUnit"), raw.text("unit")),
        "SkuMeter": model,
        "SkuPriceDetails": raw.text("details"),
        "Tags": raw.text("tags"),
        "x_CostFrom": raw.text("cost_from"),
        "x_Endpoint": raw.text("endpoint"),
    }


def spend_log(raw: Raw) -> dict[str, Any]:
    """A request through LiteLLM: its spend is for what went in and what came out together."""
    import ibis

    from finopsnb.plugins.exports import values as v

    provider, metadata, team, key = (raw.text(name) for name in ("custom_llm_provider", "metadata", "team_id", "api_key"))
    tags = {"litellm:user": "user", "litellm:end-user": "end_user", "litellm:request-tags": "request_tags"}
    hashed = v.choose((key.startswith("sk-"), v.nothing(key)), otherwise=key)  # LiteLLM keeps a hash; a key itself is never stored
    return {
        **periods(raw, "startTime", "endTime"),
        **used(raw),
        **_AI,
        **dict.fromkeys(_COSTS, raw.number("spend")),
        **dict.fromkeys(_NAMES, v.looked_up(provider, _BEHIND_LITELLM).coalesce(provider, "LiteLLM")),
        "BillingAccountType": "Organization",
        "SubAccountId": team,
        "SubAccountName": v.json_member(metadata, "$.user_api_key_team_alias"),
        "SubAccountType": v.choose((team.notnull(), "Team"), otherwise=v.nothing(team)),
        "ServiceName": "LiteLLM",
        "ChargeDescription": raw.text("call_type"),
        **dict.fromkeys(("ConsumedQuantity", "PricingQuantity"), raw.number("total_tokens")),
        **dict.fromkeys(("ConsumedUnit", "PricingUnit"), "Tokens"),
        "SkuMeter": raw.text("model"),
        "Tags": ibis.struct({"litellm:api-key": hashed, **{tag: raw.text(name) for tag, name in tags.items()}}),
        "x_RequestId": raw.text("request_id"),
        "x_PromptTokens": raw.number("prompt_tokens"),
        "x_CompletionTokens": raw.number("completion_tokens"),
        "x_ModelGroup": raw.text("model_group"),
        "x_ApiKeyName": v.json_member(metadata, "$.user_api_key_alias"),
        "x_CacheHit": raw.text("cache_hit"),
    }
