"""What language models cost: the usage and cost APIs of OpenAI and Anthropic, and the spend logs of LiteLLM."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Literal

from pydantic import Field

from finopsnb.plugins import PluginMetadata, PluginType
from finopsnb.plugins.api import ApiConfig, ApiExport, Row, Rows, Server, Window, read_reply
from finopsnb.plugins.exports import Conversion, Raw
from finopsnb.plugins.files import BillingFile

from . import _ai_requests as requests
from ._ai_columns import charge, labelled, spend_log
from ._ai_prices import Price, price_of
from ._ai_replies import CHARGE, LITELLM, rows_of
from ._ai_requests import SERVERS
from ._ai_sharing import charges

__all__ = ["AiUsagePlugin"]

#: rows by the name of their page and by their kind
Pages = dict[str, dict[str, list[Row]]]


class AiUsagePlugin(ApiExport):
    """Collects tokens and cost by model and direction, from the APIs or from saved pages; of LiteLLM also dumped tables.

    The money is that of the cost report. Where its rows name a model and a direction, each is shared out to the usage of
    that day that it is for, by project, API key and user, so that a row has tokens and cost; the parts add up to the row
    exactly. Usage that a cost report of the day does not name costs 0: its money, if any, is in other rows of the report.
    Usage of a day without a cost report costs what ``prices`` say. Without a price its cost is not known, which is not 0:
    such rows go to the quarantine, with that reason. There are no built-in prices, since they would go stale. Anthropic's
    report leaves out the Priority Tier. A LiteLLM row is one request, and its spend what LiteLLM computed.
    """

    metadata = PluginMetadata(
        name="ai-usage",
        version="1.0.0",
        author="The finopsnb authors",
        description="Collects token usage and cost of OpenAI, Anthropic and LiteLLM: from their APIs, or from saved replies.",
        plugin_type=PluginType.TELEMETRY,
        tags=("ai", "openai", "anthropic", "litellm", "api"),
        license="Apache-2.0",
    )

    class Config(ApiConfig):
        provider: Literal["", "openai", "anthropic", "litellm"] = Field("", description="Whose API to ask; empty for saved replies")
        api_key: str = Field("", description="The admin key, as a reference such as env:OPENAI_ADMIN_KEY")
        endpoints: list[str] = Field(["completions", "embeddings"], description="Of OpenAI: whose usage to ask for, such as images")
        prices: list[Price] = Field(default_factory=list, description="Prices of usage that no cost report covers")

        @property
        def has_server(self) -> bool:
            return bool(self.url or SERVERS[self.provider])

    config: Config

    called = "LiteLLM spend log"
    needs: ClassVar = (("spend",), ("startTime",))
    _raw: Pages
    _saved: Pages
    _bill: Pages

    @property
    def about(self) -> Sequence[str]:
        """A server of one's own may stand for several providers."""
        return (self.config.provider if self.config.url else "", self.config.billing_account)

    @property
    def owner(self) -> str:
        """The replies of these providers do not say whose costs they are."""
        is_named = self.config.billing_account or self.config.source
        return self.config.api_key if self.config.provider in ("openai", "anthropic") and not is_named else ""

    def server(self) -> Server:
        provider = self.config.provider
        key_hint = f'an admin key: session.load("ai-usage", provider="{provider}", api_key="env:...")'
        shown = requests.headers(provider, self.config.api_key)
        return Server(self.config.url or SERVERS[provider], shown, hint="the address of the server: url=...", key_hint=key_hint)

    def fetch(self, server: Server, window: Window) -> Iterator[tuple[Window, list[Any]]]:
        if self.config.provider == "openai":
            yield from ((piece, list(requests.openai(server, piece, self.config.endpoints))) for piece in window.pieces(31))
        elif self.config.provider == "anthropic":
            yield from ((piece, list(requests.anthropic(server, piece))) for piece in window.pieces(31))
        else:
            yield from ((day, list(requests.spend_logs(server, day))) for day in window.pieces(1))

    def rows(self, replies: Mapping[str, Any]) -> Mapping[str, Rows]:
        return self._flattened({name: rows_of(reply, name) for name, reply in replies.items()})

    def amounts(self, replies: Mapping[str, Any]) -> Mapping[str, Rows]:
        raw = {name: rows_of(reply, name) for name, reply in replies.items()}
        return _billed(raw, self._flattened(raw))

    def _flattened(self, raw: Pages) -> Pages:
        made = charges({name: rows.get(CHARGE, []) for name, rows in raw.items()}, partial(price_of, prices=self.config.prices))
        return {name: {**rows, CHARGE: list(map(labelled, made[name]))} for name, rows in raw.items()}

    # ---- saved pages: the usage may be in one file, and what it cost in another

    def prepare(self, files: Sequence[BillingFile]) -> None:
        self._raw = {file.name: rows_of(read_reply(file), f"The file {file.name}") for file in files if self.is_reply(file)}
        self._saved = self._flattened(self._raw)
        self._bill = _billed(self._raw, self._saved)

    def saved_rows(self, flatten: Callable[[Mapping[str, Any]], Mapping[str, Rows]], file: BillingFile) -> Rows:
        return (self._bill if flatten == self.amounts else self._saved)[file.name]

    def further_periods(self, file: BillingFile) -> set[str]:
        rows = self._raw.get(file.name, {}).get(CHARGE, ())
        return {f"{row['start'][:7]}-01" for row in rows}

    def variant(self, file: BillingFile) -> str:
        return LITELLM

    def convert(self, raw: Raw, variant: str) -> Conversion:
        if variant == CHARGE:
            return Conversion({**charge(raw), "BillingAccountId": self._account(raw, variant), **raw.others(self.config.keep)})
        account = {"BillingAccountId": self._account(raw, variant), "BillingCurrency": self.config.currency}
        return Conversion({**spend_log(raw), **account, **raw.others(self.config.keep)})

    def control(self, raw: Raw, variant: str) -> Conversion:
        from finopsnb.plugins.exports import values as v

        is_charge = variant == CHARGE
        cost = raw.text("amount" if is_charge else "spend")
        return Conversion(
            {
                "BillingAccountId": self._account(raw, variant),
                "BillingPeriodStart": v.start_of_month(raw.instant("start" if is_charge else "startTime")),
                "BillingCurrency": raw.text("currency").upper() if is_charge else self.config.currency,
                "BilledCost": cost,
                "EffectiveCost": cost,
            }
        )

    def _account(self, raw: Raw, variant: str) -> Any:
        """The replies of the providers name no organisation."""
        if variant == CHARGE:
            return self.config.billing_account or raw.text("provider")
        return raw.text("organization_id").fill_null(self.config.billing_account or "litellm")


def _billed(raw: Pages, made: Pages) -> Pages:
    """The rows of the cost reports as they came, and the usage that only the settings have a price for."""
    costs = {name: [one for one in rows.get(CHARGE, ()) if one["what"] == "cost"] for name, rows in raw.items()}
    priced = {name: [one for one in rows[CHARGE] if one.get("cost_from") == "prices"] for name, rows in made.items()}
    return {name: {**rows, CHARGE: costs[name] + priced[name]} for name, rows in raw.items()}
