"""Read by mypy --strict, not run: what is decorated keeps its type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, assert_type

from finopsnb.plugins.base import PluginMetadata
from finopsnb.plugins.decorators import cache_result, measure_time, plugin, rate_limit, requires_config, retry
from finopsnb.plugins.telemetry import TelemetryPlugin


@retry
def bare(n: int) -> str:
    return str(n)


@retry(max_attempts=2, exceptions=(OSError,))
@cache_result(ttl=1.0)
@rate_limit(5, 1.0)
@measure_time
async def stacked(n: int, *, flag: bool = False) -> str:
    return str(n) if flag else ""


@plugin(name="typed-plugin", tags=["x"])
@requires_config("key")
class Typed(TelemetryPlugin):
    metadata = PluginMetadata(name="typed-plugin")

    @cache_result
    def price(self, sku: str, days: int = 1) -> float:
        return len(sku) * days

    @requires_config("key")
    @rate_limit
    def pages(self) -> Iterator[int]:
        yield 1

    def collect_telemetry(self) -> Any:
        return []


def check(typed: Typed) -> None:
    assert_type(bare(1), str)
    assert_type(typed.price("a"), float)
    assert_type(typed.pages(), Iterator[int])
    plain: Callable[[int], str] = bare
    later: Callable[[int], Awaitable[str]] = stacked
    print(plain, later)
    bare("1")  # type: ignore[arg-type]
    typed.price(1)  # type: ignore[arg-type]
    stacked(1, flag=2)  # type: ignore[arg-type, unused-coroutine]
