"""OpenCost and Kubecost: what each Kubernetes workload costs, and the cloud costs beside it, over HTTP or from saved replies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from finopsnb.plugins import PluginMetadata, PluginType
from finopsnb.plugins.api import ApiConfig, ApiExport, Rows, Server, Window, periods, used
from finopsnb.plugins.exports import Conversion, Noticed, Raw

from ._opencost_columns import allocation, cloud_cost
from ._opencost_replies import ALLOCATION, CLOUD_COST, rows_of

__all__ = ["OpenCostPlugin"]

_NOT_BILLED = "OpenCost shares out what nodes cost at the prices that it knows: the bill of the cloud says the same money again"
_HOW = "kubectl -n opencost port-forward service/opencost 9003, then url=http://localhost:9003"


class OpenCostPlugin(ApiExport):
    """Collects the allocation API or the cloudCost API of OpenCost, day by day; Kubecost too, with a url that ends in /model.

    An allocation is one row, and its cost is ``totalCost`` as printed. OpenCost rounds each number by itself, so that CPU,
    memory, GPU, volumes, network and load balancers do not add up to it to the last digit: they are kept beside it, as
    x_CpuCost and so on, each with its adjustment. Idle capacity and what is of no workload are rows of their own, under
    the namespaces __idle__ and __unallocated__. A cluster sends no invoice: all cost columns say the allocated cost.
    A cloud cost is one row: netCost billed, amortizedNetCost effective, listCost at list price; the reply has no
    contracted cost, so that ContractedCost is the billed one. Replies name no currency: it is a setting.
    """

    metadata = PluginMetadata(
        name="opencost",
        version="1.0.0",
        author="The finopsnb authors",
        description="Collects Kubernetes cost from OpenCost or Kubecost: allocations and cloud costs, over HTTP or from saved JSON.",
        plugin_type=PluginType.TELEMETRY,
        tags=("kubernetes", "opencost", "kubecost", "api"),
        license="Apache-2.0",
    )

    class Config(ApiConfig):
        report: Literal["allocation", "cloud-cost"] = Field("allocation", description="Which API to ask; saved replies say it themselves")
        aggregate: str = Field("", description="What to add up by, such as cluster,namespace,label:team; every container when empty")
        idle: bool = Field(True, description="Whether to ask for what of the nodes nobody used")
        api_key: str = Field("", description="A token for a server behind a login, as a reference such as env:OPENCOST_TOKEN")

    config: Config

    @property
    def about(self) -> Sequence[str]:
        """Allocations and cloud costs are two bills."""
        return (self.config.report if self.config.report != "allocation" else "", self.config.billing_account)

    def server(self) -> Server:
        headers = {"Authorization": f"Bearer {self.config.api_key}"} if self.config.api_key else {}
        return Server(self.config.url, headers, hint=_HOW, key_hint='session.load("opencost", url=..., api_key="env:OPENCOST_TOKEN")')

    def fetch(self, server: Server, window: Window) -> Iterator[tuple[Window, list[Any]]]:
        aggregate = {"aggregate": self.config.aggregate} if self.config.aggregate else {}
        for day in window.pieces(1):
            if self.config.report == "allocation":
                query = {"window": day.as_text, "step": "1d", "accumulate": "false", "includeIdle": str(self.config.idle).lower()}
                yield day, [server.get("/allocation/compute", query | aggregate)]
            else:
                yield day, [server.get("/cloudCost", {"window": day.as_text, "accumulate": "day"} | aggregate)]

    def rows(self, replies: Mapping[str, Any]) -> Mapping[str, Rows]:
        return {name: rows_of(reply, name) for name, reply in replies.items()}

    def convert(self, raw: Raw, variant: str) -> Conversion:
        row = allocation(raw) if variant == ALLOCATION else cloud_cost(raw)
        account = {"BillingAccountId": self._account(raw, variant), "BillingCurrency": self.config.currency}
        allocated = Noticed(raw.text("name").notnull(), "allocated-not-billed", "BilledCost", _NOT_BILLED)
        return Conversion(
            {**periods(raw), **used(raw), **row, **account, "Tags": raw.text("tags"), **raw.others(self.config.keep)},
            noticed=[allocated] if variant == ALLOCATION else [],
        )

    def control(self, raw: Raw, variant: str) -> Conversion:
        billed, effective = {ALLOCATION: ("totalCost", "totalCost"), CLOUD_COST: ("netCost", "amortizedNetCost")}[variant]
        return Conversion(
            {
                "BillingAccountId": self._account(raw, variant),
                "BillingPeriodStart": periods(raw)["BillingPeriodStart"],
                "BillingCurrency": self.config.currency,
                "BilledCost": raw.text(billed),
                "EffectiveCost": raw.text(effective, billed),
            }
        )

    def _account(self, raw: Raw, variant: str) -> Any:
        """The cluster, or the account of the invoice; where costs of several are added up, what the settings say."""
        named = raw.text("cluster" if variant == ALLOCATION else "invoiceEntityID")
        return named.fill_null(self.config.billing_account or "opencost")
