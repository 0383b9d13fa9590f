"""The seven decorators: what they promise, on plugins, on plain functions, and on async ones, by a clock of our own."""

from __future__ import annotations

import asyncio
import copy
import gc
import inspect
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pydantic import BaseModel

from finopsnb.errors import FinopsError, PluginConfigError, PluginMetadataError
from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin
from finopsnb.plugins.decorators import (
    cache_result,
    hook,
    measure_time,
    plugin,
    rate_limit,
    requires_config,
    retry,
)
from finopsnb.plugins.decorators.calls import clock


class FakeTime:
    """Passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 1000.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    made = FakeTime()
    monkeypatch.setattr(clock, "now", lambda: made.now)
    monkeypatch.setattr(clock, "sleep", made.sleep)
    monkeypatch.setattr(clock, "sleep_async", made.sleep_async)
    return made


class Prices(TelemetryPlugin):
    """Counts how often it is really asked."""

    metadata = PluginMetadata(name="prices", plugin_type=PluginType.TELEMETRY)

    def __init__(self, config: Any = None) -> None:
        super().__init__(config)
        self.asked: list[Any] = []

    def collect_telemetry(self) -> Any:
        return []

    @cache_result(ttl=60, maxsize=3)
    def price(self, sku: Any, *, region: str = "eu", **options: Any) -> Any:
        """What a SKU costs."""
        self.asked.append(sku)
        return {"sku": sku, "region": region, "account": self.config.get("account"), "n": len(self.asked)}

    @cache_result(ttl=60)
    async def price_async(self, sku: str) -> Any:
        self.asked.append(sku)
        await asyncio.sleep(0)
        return [sku, len(self.asked)]

    @rate_limit(calls=2, period=10)
    def limited(self) -> None:
        self.asked.append(clock.now())

    @rate_limit(calls=2, period=10)
    async def limited_async(self) -> None:
        self.asked.append(clock.now())

    @rate_limit(calls=2, period=10)
    def limited_pages(self) -> Iterator[float]:
        yield clock.now()

    @requires_config("api_key", "endpoint")
    def fetch(self) -> str:
        return "fetched"

    @requires_config("api_key")
    async def fetch_async(self) -> str:
        return "fetched"

    @measure_time
    def work(self, fail: bool = False) -> int:
        if fail:
            raise ArithmeticError
        return 7

    @measure_time()
    async def work_async(self) -> int:
        return 8

    @measure_time
    def pages(self) -> Iterator[int]:
        yield 1
        yield 2


# all of them

DECORATORS: dict[str, Callable[[Any], Any]] = {
    "retry": retry,
    "retry()": retry(max_attempts=2),
    "cache_result": cache_result,
    "cache_result()": cache_result(ttl=1.0),
    "rate_limit": rate_limit,
    "rate_limit()": rate_limit(5, 1.0),
    "measure_time": measure_time,
    "measure_time()": measure_time(),
}


@pytest.mark.parametrize("name", DECORATORS)
def test_signature_name_docstring_and_kind_are_kept(name: str) -> None:
    def price(sku: str, *, days: int = 30) -> float:
        """What it costs."""
        return len(sku) * days

    async def price_async(sku: str) -> float:
        """What it costs, later."""
        return len(sku)

    for function in (price, price_async):
        made = DECORATORS[name](function)
        assert inspect.signature(made) == inspect.signature(function)
        assert (made.__name__, made.__doc__, made.__qualname__) == (
            function.__name__,
            function.__doc__,
            function.__qualname__,
        )
        assert inspect.iscoroutinefunction(made) == inspect.iscoroutinefunction(function)
    assert DECORATORS[name](price)("abc", days=2) == 6
    assert asyncio.run(DECORATORS[name](price_async)("abc")) == 3


@pytest.mark.parametrize("name", DECORATORS)
def test_static_and_class_methods_are_decorated_inside(name: str) -> None:
    decorate = DECORATORS[name]

    class Tool:
        @decorate
        @staticmethod
        def static(n: int) -> int:
            return n + 1

        @decorate
        @classmethod
        def of_class(cls, n: int) -> tuple[type, int]:
            return cls, n

        @staticmethod
        @decorate
        def static_outside(n: int) -> int:
            return n + 2

    assert Tool.static(1) == Tool().static(1) == 2
    assert Tool.of_class(1) == Tool().of_class(1) == (Tool, 1)
    assert Tool().static_outside(1) == 3


@pytest.mark.parametrize("name", DECORATORS)
def test_an_exception_passes_unchanged(name: str) -> None:
    error = KeyError("gone")

    def fails() -> None:
        raise error

    async def fails_async() -> None:
        raise error

    options = retry(max_attempts=1) if name.startswith("retry") else DECORATORS[name]
    with pytest.raises(KeyError) as caught:
        options(fails)()
    assert caught.value is error
    with pytest.raises(KeyError) as caught:
        asyncio.run(options(fails_async)())
    assert caught.value is error


@pytest.mark.parametrize("name", DECORATORS)
def test_what_is_no_function_is_refused(name: str) -> None:
    for wrong in (Prices, property(lambda self: 1)):
        with pytest.raises((FinopsError, TypeError)):
            DECORATORS[name](wrong)("x")


@pytest.mark.parametrize("decorate", [retry, cache_result])
def test_a_generator_cannot_be_retried_or_kept(decorate: Any) -> None:
    def pages() -> Iterator[int]:
        yield 1

    with pytest.raises(FinopsError, match="generator") as caught:
        decorate(pages)
    assert "one page" in caught.value.hint


@pytest.mark.parametrize("decorate", [retry, cache_result, rate_limit, measure_time])
def test_an_async_generator_is_refused(decorate: Any) -> None:
    async def pages() -> Any:
        yield 1

    with pytest.raises(FinopsError, match="generator"):
        decorate(pages)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: retry(max_attempts=0),
        lambda: retry(delay=-1),
        lambda: cache_result(ttl=0),
        lambda: cache_result(maxsize=0),
        lambda: rate_limit(calls=0),
        lambda: rate_limit(period=0),
        lambda: requires_config(),
        lambda: requires_config(len),  # type: ignore[arg-type]
    ],
)
def test_settings_that_make_no_sense_are_refused_at_once(wrong: Any) -> None:
    with pytest.raises(FinopsError):
        wrong()


def test_they_stack_and_the_hook_mark_stays() -> None:
    @retry
    @measure_time
    @cache_result
    @rate_limit
    def handler(month: str) -> str:
        return month.upper()

    assert handler("may") == "MAY"

    class Listener:
        @measure_time
        @hook("month_closed", priority=5)
        def closed(self) -> None: ...

    assert Listener.closed.__finops_hooks__ == (("month_closed", 5),)  # type: ignore[attr-defined]


def test_importing_them_is_light() -> None:
    heavy = "{'tenacity', 'stamina', 'cachetools', 'asyncio', 'numpy', 'pandas', 'pyarrow', 'polars', 'pydantic'}"
    code = f"import sys, finopsnb.plugins.decorators; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.slow
def test_the_types_of_what_is_decorated_are_kept() -> None:
    mypy = pytest.importorskip("mypy.api")
    source = Path(__file__).with_name("typed_decorators.py")
    said, problems, _ = mypy.run(["--strict", str(source)])  # as in make types, so that what is known of the library counts
    assert not problems
    assert not [line for line in said.splitlines() if source.name in line]
    assert "1 source file" in said


# plugin


def test_plugin_gives_a_class_its_metadata() -> None:
    @plugin(name="acme-cost", version="1.2", tags=["a"], requires=("prices",))
    class Acme(TelemetryPlugin):
        def collect_telemetry(self) -> Any:
            return []

    assert Acme().metadata == PluginMetadata(
        name="acme-cost", version="1.2", plugin_type=PluginType.TELEMETRY, tags=("a",), requires=("prices",)
    )


def test_plugin_takes_a_type_by_word_and_refuses_an_unknown_one() -> None:
    class Any_(TelemetryPlugin):
        def collect_telemetry(self) -> Any:
            return []

    assert plugin(name="x1", plugin_type="policy")(Any_).metadata.plugin_type is PluginType.POLICY
    with pytest.raises(PluginMetadataError, match="telemtry") as caught:
        plugin(name="x1", plugin_type="telemtry")(Any_)
    assert "telemetry" in caught.value.why


@pytest.mark.parametrize("wrong", [dict, len, "text"])
def test_plugin_refuses_what_is_no_plugin_class(wrong: Any) -> None:
    with pytest.raises(PluginMetadataError, match="no plugin class"):
        plugin(name="x1")(wrong)


# requires_config


def test_all_missing_settings_are_named_at_once() -> None:
    with pytest.raises(PluginConfigError) as caught:
        Prices({"api_key": ""}).fetch()
    assert set(caught.value.problems) == {"api_key", "endpoint"}
    assert "prices.fetch() needs the settings api_key, endpoint" in caught.value.what
    assert "api_key: " in caught.value.why
    assert caught.value.hint == 'session.load("prices", api_key=..., endpoint=...)'
    assert Prices({"api_key": "k", "endpoint": "e"}).fetch() == "fetched"


def test_a_message_about_settings_never_holds_a_value() -> None:
    with pytest.raises(PluginConfigError) as caught:
        Prices({"api_key": "canary-4711"}).fetch()
    assert "canary" not in repr(caught.value.problems) + str(caught.value)


def test_required_settings_of_async_methods() -> None:
    with pytest.raises(PluginConfigError):
        asyncio.run(Prices().fetch_async())
    assert asyncio.run(Prices({"api_key": "k"}).fetch_async()) == "fetched"


def test_zero_and_false_are_settings() -> None:
    class Tool(Prices):
        @requires_config("limit", "on")
        def go(self) -> str:
            return "went"

    assert Tool({"limit": 0, "on": False}).go() == "went"


def test_on_a_class_they_add_to_those_of_its_bases() -> None:
    @requires_config("a", "b")
    class Base(Prices): ...

    @requires_config("b", "c")
    class Child(Base): ...

    assert Base.__finops_required__ == ("a", "b")
    assert Child.__finops_required__ == ("a", "b", "c")
    assert Prices.__finops_required__ == ()


def test_a_plain_function_has_no_settings() -> None:
    with pytest.raises(FinopsError, match="no method"):
        requires_config("a")(lambda: None)


# retry


def failing(times: int, error: BaseException) -> Callable[[], str]:
    left = [times]

    def call() -> str:
        if left[0]:
            left[0] -= 1
            raise error
        return "done"

    return call


def later(call: Callable[[], str]) -> Callable[[], Any]:
    async def call_async() -> str:
        return call()

    return call_async


@pytest.mark.parametrize("is_async", [False, True])
def test_it_waits_longer_each_time_and_never_longer_than_the_most(fake: FakeTime, is_async: bool) -> None:
    call = failing(5, ConnectionError())
    options = retry(max_attempts=6, delay=1, backoff=3, max_delay=20, jitter=False)
    made = options(later(call)) if is_async else options(call)
    assert (asyncio.run(made()) if is_async else made()) == "done"
    assert fake.slept == [1, 3, 9, 20, 20]


def test_even_the_thousandth_wait_is_bounded(fake: FakeTime) -> None:
    assert retry(max_attempts=1200, delay=1, backoff=10, max_delay=0.5)(failing(1199, OSError()))() == "done"
    assert set(fake.slept) == {0.5}


def test_jitter_adds_up_to_one_delay_and_differs(fake: FakeTime) -> None:
    for _ in range(50):
        retry(max_attempts=2, delay=4, max_delay=7)(failing(1, OSError()))()
    assert all(4 <= seconds <= 7 for seconds in fake.slept)
    assert len(set(fake.slept)) > 20


@pytest.mark.parametrize("is_async", [False, True])
def test_the_last_exception_is_raised_as_it_is(fake: FakeTime, is_async: bool) -> None:
    error = ConnectionError("down")
    options = retry(3, jitter=False)
    with pytest.raises(ConnectionError) as caught:
        asyncio.run(options(later(failing(9, error)))()) if is_async else options(failing(9, error))()
    assert caught.value is error
    assert fake.slept == [1, 2]


def test_only_chosen_exceptions_are_tried_again(fake: FakeTime) -> None:
    for exceptions in (ConnectionError, (ConnectionError, TimeoutError)):
        with pytest.raises(ValueError, match="bad"):
            retry(exceptions=exceptions)(failing(1, ValueError("bad")))()
        assert retry(exceptions=exceptions)(failing(1, ConnectionResetError()))() == "done"
    assert len(fake.slept) == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), GeneratorExit(), asyncio.CancelledError()])
def test_what_stops_a_program_is_never_tried_again(fake: FakeTime, error: BaseException) -> None:
    with pytest.raises(type(error)):
        retry(exceptions=BaseException)(failing(1, error))()
    assert fake.slept == []


def test_a_cancelled_task_stops(fake: FakeTime) -> None:
    async def main() -> int:
        tries = 0

        @retry(exceptions=BaseException)
        async def hang() -> None:
            nonlocal tries
            tries += 1
            await asyncio.Event().wait()

        task = asyncio.create_task(hang())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return tries

    assert asyncio.run(main()) == 1


def test_the_log_names_the_failure_but_not_what_it_says(fake: FakeTime, caplog: pytest.LogCaptureFixture) -> None:
    def fetch(token: str, fail: list[int]) -> str:
        if fail:
            raise ConnectionError(f"https://x/?token={token}{fail.pop()}")
        return "ok"

    with caplog.at_level(logging.DEBUG):
        assert retry(fetch)("canary-4711", [1]) == "ok"
    (record,) = caplog.records
    assert "attempt 1 failed with ConnectionError, again in" in record.getMessage()
    assert "canary" not in repr(vars(record))


def test_methods_are_tried_again_with_their_arguments(fake: FakeTime) -> None:
    class Tool:
        seen: list[Any] = []  # noqa: RUF012

        @retry(max_attempts=2)
        def get(self, a: int, *, b: int) -> int:
            self.seen.append((a, b))
            if len(self.seen) < 2:
                raise OSError
            return a + b

    assert Tool().get(1, b=2) == 3
    assert Tool.seen == [(1, 2), (1, 2)]


# cache_result


def test_the_same_question_is_asked_once_however_it_is_put(fake: FakeTime) -> None:
    prices = Prices()
    answers = [prices.price("a"), prices.price(sku="a"), prices.price("a", region="eu")]
    assert answers[0] == answers[1] == answers[2]
    assert prices.asked == ["a"]


def test_the_order_of_named_arguments_does_not_matter_but_their_values_do(fake: FakeTime) -> None:
    prices = Prices()
    prices.price("a", x=1, y=2)
    prices.price("a", y=2, x=1)
    prices.price("a", y=1, x=2)
    assert len(prices.asked) == 2


def test_two_accounts_never_share(fake: FakeTime) -> None:
    one, two = Prices({"account": "1"}), Prices({"account": "2"})
    assert (one.price("a")["account"], two.price("a")["account"]) == ("1", "2")
    twin = Prices({"account": "1"})
    twin.price("a")
    assert [len(p.asked) for p in (one, two, twin)] == [1, 1, 1]


def test_another_configuration_of_the_same_instance_is_another_question(fake: FakeTime) -> None:
    prices = Prices({"account": "1", "nested": {"key": 1}})
    prices.price("a")
    prices.config["account"] = "2"
    assert prices.price("a")["account"] == "2"
    prices.config["nested"]["key"] = 1.0
    prices.price("a")
    prices.config["account"] = "1"
    prices.config["nested"]["key"] = 1
    assert prices.price("a")["account"] == "1"
    assert len(prices.asked) == 3


def test_a_model_as_configuration_counts_too(fake: FakeTime) -> None:
    class Tool(Prices):
        class Config(BaseModel):
            account: str = "1"

        @cache_result
        def account(self) -> str:
            return str(self.config.account)

    tool = Tool({})
    assert tool.account() == "1"
    tool.config.account = "2"
    assert tool.account() == "2"


def test_results_are_kept_for_their_time_and_no_longer(fake: FakeTime) -> None:
    prices = Prices()
    prices.price("a")
    fake.now += 59.9
    assert prices.price("a")["n"] == 1
    fake.now += 0.2
    assert prices.price("a")["n"] == 2


def test_setting_the_clock_of_the_system_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    prices = Prices()
    for jump in (0, 10**9, -(10**9)):
        monkeypatch.setattr(time, "time", lambda jump=jump: 1.7e9 + jump)
        prices.price("a")
    assert prices.asked == ["a"]


def test_the_clock_goes_on_while_the_machine_sleeps_where_there_is_such_a_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "clock_gettime", lambda which: 5.0 if which == time.CLOCK_BOOTTIME else 1.0)
    assert clock.now() == 5.0
    monkeypatch.delattr(time, "CLOCK_BOOTTIME")
    assert clock.now() == pytest.approx(time.monotonic(), abs=1)


def test_the_number_of_results_is_bounded_and_the_least_used_goes_first(fake: FakeTime) -> None:
    prices = Prices()
    for sku in "abcad":  # d takes the place of b
        prices.price(sku)
    for sku in "acdb":
        prices.price(sku)
    assert prices.asked == ["a", "b", "c", "d", "b"]


def test_long_arrays_that_look_alike_are_two_questions(fake: FakeTime) -> None:
    numpy = pytest.importorskip("numpy")
    one = numpy.zeros(10_000)
    two = one.copy()
    two[5_000] = 1e-9
    assert repr(one) == repr(two)
    prices = Prices()
    prices.price(one)
    prices.price(two)
    prices.price(one.copy())
    assert len(prices.asked) == 2


def test_an_exception_is_not_kept(fake: FakeTime) -> None:
    call = failing(1, ConnectionError())
    cached = cache_result(call)
    with pytest.raises(ConnectionError):
        cached()
    assert cached() == "done"


def test_none_is_an_answer(fake: FakeTime) -> None:
    asked = []

    @cache_result
    def nothing() -> None:
        asked.append(1)

    assert nothing() is None
    assert nothing() is None
    assert asked == [1]


def test_changing_a_result_changes_nobody_elses(fake: FakeTime) -> None:
    prices = Prices()
    prices.price("a")["sku"] = "changed"
    prices.price("a")["sku"] = "changed"
    assert prices.price("a")["sku"] == "a"

    @cache_result
    def frame() -> pd.DataFrame:
        return pd.DataFrame({"a": [1, 2]})

    changed = frame()
    changed.loc[0, "a"] = 99
    changed = frame()
    changed.loc[0, "a"] = 99
    assert frame()["a"].tolist() == [1, 2]


def test_what_never_changes_or_cannot_be_copied_is_shared(fake: FakeTime) -> None:
    @cache_result
    def table() -> pa.Table:
        return pa.table({"a": [1]})

    @cache_result
    def lock() -> Any:
        return threading.Lock()

    assert table() is table()
    assert lock() is lock()


@pytest.mark.parametrize("result", [lambda: iter([1]), lambda: (n for n in [1]), lambda: pa.table({"a": [1]}).to_reader()])
def test_what_can_be_read_only_once_is_refused(result: Any) -> None:
    with pytest.raises(FinopsError, match="only once") as caught:
        cache_result(result)()
    assert "list or a table" in caught.value.hint


def test_clearing_one_instance_and_all(fake: FakeTime) -> None:
    one, two = Prices(), Prices()
    for instance in (one, two):
        instance.price("a")
    Prices.price.cache_clear(one)  # type: ignore[attr-defined]
    for instance in (one, two):
        instance.price("a")
    assert (len(one.asked), len(two.asked)) == (2, 1)
    Prices.price.cache_clear()  # type: ignore[attr-defined]
    two.price("a")
    assert len(two.asked) == 2


def test_an_instance_is_not_kept_alive() -> None:
    gone = []

    class Tool:
        @cache_result
        def get(self) -> int:
            return 1

        @rate_limit
        def limited(self) -> None: ...

        def __del__(self) -> None:
            gone.append(1)

    tool = Tool()
    tool.get()
    tool.limited()
    del tool
    gc.collect()
    assert gone == [1]


def test_instances_that_are_equal_or_have_slots_are_still_two(fake: FakeTime) -> None:
    class Equal:
        __slots__ = ("n",)
        __hash__ = None  # type: ignore[assignment]

        def __init__(self, n: int) -> None:
            self.n = n

        def __eq__(self, other: object) -> bool:
            return True

        @cache_result
        def get(self) -> int:
            return self.n

    one, two = Equal(1), Equal(2)
    assert [one.get(), two.get(), one.get()] == [1, 2, 1]


def test_a_wrong_call_fails_like_the_function_itself() -> None:
    with pytest.raises(TypeError, match="sku"):
        Prices().price()  # type: ignore[call-arg]


def test_eight_threads_ask_once(fake: FakeTime) -> None:
    asked: list[int] = []
    start = threading.Barrier(8)

    @cache_result
    def slow(n: int) -> int:
        asked.append(n)
        time.sleep(0.05)
        return n

    def ask(answers: list[int]) -> None:
        start.wait()
        answers.extend(slow(n) for n in (1, 2))

    answers: list[int] = []
    threads = [threading.Thread(target=ask, args=(answers,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(asked) == [1, 2]
    assert sorted(answers) == [1] * 8 + [2] * 8


def test_tasks_ask_once_too_and_another_loop_finds_the_answer(fake: FakeTime) -> None:
    prices = Prices()

    async def main() -> list[Any]:
        return list(await asyncio.gather(*(prices.price_async("a") for _ in range(5))))

    answers = asyncio.run(main()) + asyncio.run(main())
    assert answers == [["a", 1]] * 10
    answers[0].append("changed")
    assert asyncio.run(prices.price_async("a")) == ["a", 1]


def test_a_function_may_ask_itself(fake: FakeTime) -> None:
    @cache_result(maxsize=50)
    def sum_to(n: int) -> int:
        return n + sum_to(n - 1) if n else 0

    assert sum_to(20) == 210


# rate_limit


def test_a_call_too_many_waits_until_there_is_room(fake: FakeTime) -> None:
    prices = Prices()
    for _ in range(5):
        prices.limited()
    assert prices.asked == [1000, 1000, 1010, 1010, 1020]


def test_no_window_of_the_period_ever_holds_more_calls(fake: FakeTime) -> None:
    begun: list[float] = []

    @rate_limit(calls=3, period=0.7)
    def call() -> None:
        begun.append(fake.now)

    for pause in [0.1, 0.0, 0.35, 0.3, 0.0, 0.0, 0.69, 0.02] * 20:
        fake.now += pause
        call()
    assert all(later - earlier >= 0.7 - 1e-9 for earlier, later in zip(begun, begun[3:], strict=False))


def test_every_instance_has_its_own_limit(fake: FakeTime) -> None:
    for prices in (Prices(), Prices()):
        prices.limited()
        prices.limited()
    assert fake.slept == []


def test_async_calls_and_generators_wait_too(fake: FakeTime) -> None:
    prices = Prices()

    async def main() -> None:
        await asyncio.gather(*(prices.limited_async() for _ in range(5)))

    asyncio.run(main())
    assert sorted(prices.asked) == [1000, 1000, 1010, 1010, 1020]
    pages = [prices.limited_pages() for _ in range(3)]
    assert fake.now == 1020
    assert [next(page) for page in pages] == [1020, 1020, 1030]


def test_a_failing_call_counts(fake: FakeTime) -> None:
    @rate_limit(calls=1, period=5)
    def fails() -> None:
        raise ConnectionError

    for _ in range(2):
        with pytest.raises(ConnectionError):
            fails()
    assert fake.slept == [5]


def test_threads_share_one_limit_of_an_instance() -> None:
    begun: list[float] = []

    @rate_limit(calls=2, period=0.1)
    def call() -> None:
        begun.append(time.monotonic())

    threads = [threading.Thread(target=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    begun.sort()
    assert begun[-1] - begun[0] >= 0.19


# measure_time


def test_calls_and_seconds_are_kept_also_of_failures(caplog: pytest.LogCaptureFixture) -> None:
    prices = Prices()
    with caplog.at_level(logging.DEBUG):
        assert prices.work() == 7
        with pytest.raises(ArithmeticError):
            prices.work(fail=True)
        assert asyncio.run(prices.work_async()) == 8
    timing = prices.timings["work"]  # type: ignore[attr-defined]
    assert timing.calls == 2
    assert 0 <= timing.last <= timing.total < 1
    assert prices.timings["work_async"].calls == 1  # type: ignore[attr-defined]
    assert sum("Prices.work took" in record.getMessage() for record in caplog.records) == 2


def test_every_instance_has_its_own_timings() -> None:
    one, two = Prices(), Prices()
    one.work()
    two.work()
    two.work()
    assert (one.timings["work"].calls, two.timings["work"].calls) == (1, 2)  # type: ignore[attr-defined]


def test_the_time_of_a_generator_is_its_own() -> None:
    prices = Prices()
    for _ in prices.pages():
        time.sleep(0.02)
    assert prices.timings["pages"].total < 0.02  # type: ignore[attr-defined]
    stopped = prices.pages()
    next(stopped)
    stopped.close()
    assert prices.timings["pages"].calls == 2  # type: ignore[attr-defined]


def test_a_functions_timings_are_on_the_function() -> None:
    @measure_time
    def add(a: int, b: int) -> int:
        return a + b

    assert add(1, 2) == 3
    assert add.timings["add"].calls == 1  # type: ignore[attr-defined]


def test_threads_count_every_call() -> None:
    prices = Prices()
    threads = [threading.Thread(target=lambda: [prices.work() for _ in range(200)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert prices.timings["work"].calls == 1200  # type: ignore[attr-defined]


def test_money_in_results_stays_decimal(fake: FakeTime) -> None:
    @cache_result
    def total() -> list[Decimal]:
        return [Decimal("1.10")]

    total()
    assert total() == copy.copy([Decimal("1.10")])
    assert str(total()[0]) == "1.10"
