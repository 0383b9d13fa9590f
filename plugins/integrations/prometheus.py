"""Daily cost, budgets and forecasts as gauges that Prometheus reads: from a file, a Pushgateway, or a port of this machine."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field

from finopsnb.errors import FinopsError
from finopsnb.plugins import IntegrationPlugin, PluginMetadata, PluginType
from finopsnb.plugins.files import source_name
from finopsnb.plugins.outbound import Outbound
from finopsnb.plugins.sheets import put

from ._prometheus_gauges import gauges
from ._prometheus_text import Exposed, openmetrics, plain_text

if TYPE_CHECKING:
    from ._prometheus_gauges import Gauge

__all__ = ["PrometheusPlugin"]


class PrometheusConfig(BaseModel):
    """Where the gauges go, and how many there are at most."""

    textfile: str = Field("", description="A file in OpenMetrics text, such as /var/lib/node_exporter/finops.prom")
    pushgateway: str = Field("", description="The address of a Pushgateway, such as https://push.example.com")
    job: str = Field("finops", description="The name of the job at the Pushgateway", min_length=1)
    allowed_hosts: list[str] = Field(default_factory=list, description="Hosts that may have a private address, as the Pushgateway's")
    expose: bool = Field(False, description="Whether to answer at http://127.0.0.1:PORT/metrics, until the plugin is unloaded")
    port: int = Field(9464, ge=0, le=65535, description="The port to answer at; 0 takes a free one")
    most_labels: int = Field(
        50, ge=1, le=1000, description="How many services, owners or budgets have a gauge of their own, a currency; the rest is other"
    )
    metric: Literal["EffectiveCost", "BilledCost", "ContractedCost", "ListCost"] = Field("EffectiveCost", description="Which cost is told")
    attribution: str = Field("", description="The attribution plugin that says who owns what; the one that ran last when empty")
    horizon: int = Field(30, ge=0, le=365, description="How many days the forecast is for; 0 leaves it out")


class PrometheusPlugin(IntegrationPlugin):
    """Tells Prometheus what the newest complete day cost, where budgets stand, and what is to come."""

    metadata = PluginMetadata(
        name="prometheus",
        version="1.0.0",
        author="The finopsnb authors",
        description="Gives Prometheus gauges of daily cost, budgets and forecasts: by a file, a Pushgateway or a port of this machine.",
        plugin_type=PluginType.INTEGRATION,
        tags=("prometheus", "openmetrics", "monitoring", "grafana"),
        license="Apache-2.0",
    )

    Config = PrometheusConfig
    config: PrometheusConfig
    sends = None
    _exposed: Exposed | None = None

    def initialize(self) -> None:
        """Begin to answer at the port, if that is wanted; there is nothing to read until the first sync."""
        if self.config.expose:
            self._exposed = Exposed(self.config.port)

    def shutdown(self) -> None:
        """Stop answering."""
        if self._exposed is not None:
            self._exposed.close()
            self._exposed = None

    @property
    def address(self) -> str:
        """Where the gauges can be read on this machine; "" unless they are exposed."""
        return self._exposed.address if self._exposed else ""

    def send_data(self, data: Any = None, table: str = "costs") -> bool:  # noqa: ARG002 - the gauges are of several tables
        """Make the gauges from costs, allocations and budgets, and give them to all that the settings name.

        A table that is given is not looked at but for its name: there are gauges of the costs, and of nothing else. Raises FinopsError
        where no place is named.
        """
        if table != "costs":
            raise FinopsError(f"There are no gauges of {table}.", hint=f'session.sync("{self.name}")')
        if not (self.config.textfile or self.config.pushgateway or self._exposed):
            raise FinopsError("The gauges have no place to go.", hint=f'session.load("{self.name}", textfile="finops.prom")')
        made = gauges(self.context.table, self.context.execute, self.config)
        if self.config.textfile:
            self._write(made)
        if self.config.pushgateway:
            self._push(made)
        if self._exposed:
            self._tell(self._exposed.address, self._exposed.show(made), made)
        return True

    def _write(self, made: list[Gauge]) -> None:
        target = Path(self.config.textfile).expanduser()
        outcome = put(target, lambda path: _keep(path, openmetrics(made)))
        self._tell(source_name(str(target)), outcome != "unchanged", made)

    def _push(self, made: list[Gauge]) -> None:
        """Put the whole group in the place of the last one; a Pushgateway takes the older text format only."""
        url = f"{self.config.pushgateway.rstrip('/')}/metrics/job/{quote(self.config.job, safe='')}"
        text, kind = plain_text(made)
        Outbound(self.config.allowed_hosts).request("PUT", url, body=text, headers={"Content-Type": kind}).accepted()
        digest = sha256(text).hexdigest()
        changed = self.context.get_state(f"pushed/{self.config.job}") != digest
        self.context.set_state(f"pushed/{self.config.job}", digest)
        self._tell(source_name(url), changed, made)

    def _tell(self, target: str, changed: bool, made: list[Gauge]) -> None:
        count = sum(len(gauge.samples) for gauge in made)
        detail = f"{len(made)} gauges"
        self.context.synced(target, rows=count, updated=count if changed else 0, unchanged=0 if changed else count, detail=detail)


def _keep(path: Path, text: bytes) -> None:
    path.write_bytes(text)
    path.chmod(0o644)  # for the exporter, which is another user; it tells sums, and no secret
