"""Gauges in the formats of Prometheus, and a port of this machine where they can be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from finopsnb.errors import FinopsError

if TYPE_CHECKING:
    from ._prometheus_gauges import Gauge

__all__ = ["Exposed", "openmetrics", "plain_text"]

_HERE = "127.0.0.1"


def openmetrics(gauges: Sequence[Gauge]) -> bytes:
    """The gauges as OpenMetrics text. Raises FinopsError where the package is missing."""
    library = _library()
    from prometheus_client.openmetrics.exposition import generate_latest

    text: bytes = generate_latest(_registry(library, gauges))  # type: ignore[no-untyped-call]
    return text


def plain_text(gauges: Sequence[Gauge]) -> tuple[bytes, str]:
    """The gauges in the text format before it, and how that is announced."""
    library = _library()
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

    text: bytes = generate_latest(_registry(library, gauges))
    return text, CONTENT_TYPE_PLAIN_0_0_4


class Exposed:
    """A server on the loopback that answers with the gauges that were shown last; ``port`` 0 takes a free one."""

    def __init__(self, port: int) -> None:
        self._gauges: Sequence[Gauge] = ()
        library = _library()
        registry = library.CollectorRegistry(auto_describe=False)
        registry.register(_Collector(library, lambda: self._gauges))
        try:
            self._server, self._thread = library.start_http_server(port, _HERE, registry)
        except OSError as error:
            raise FinopsError(f"Port {port} cannot be listened on.", why=f"{error.strerror}.", hint="port=0 takes a free one") from error

    @property
    def address(self) -> str:
        return f"http://{_HERE}:{self._server.server_port}/metrics"

    def show(self, gauges: Sequence[Gauge]) -> bool:
        """Answer with these from now on; whether that is something else than before."""
        changed = list(gauges) != list(self._gauges)
        self._gauges = tuple(gauges)
        return changed

    def close(self) -> None:
        """Stop answering, and give the port back."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Collector:
    def __init__(self, library: Any, shown: Any) -> None:
        self._library, self._shown = library, shown

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily

        for gauge in self._shown():
            family = GaugeMetricFamily(gauge.name, gauge.told, labels=gauge.labels)
            for labels, value in gauge.samples:
                family.add_metric(list(labels), value)
            yield family


def _registry(library: Any, gauges: Sequence[Gauge]) -> Any:
    registry = library.CollectorRegistry(auto_describe=False)
    registry.register(_Collector(library, lambda: gauges))
    return registry


def _library() -> Any:
    try:
        import prometheus_client
    except ImportError as error:
        hint = 'pip install "finopsnb[prometheus]"'
        raise FinopsError("There are no gauges: the package prometheus_client is not installed.", hint=hint) from error
    return prometheus_client
