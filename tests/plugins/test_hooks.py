"""The hook bus: order, isolation, arguments, pipes, and functions in cells."""

from __future__ import annotations

import threading

import pytest

from finopsnb.plugins.hooks import EVENTS, HookBus, default_bus, describe_error, hook, hooks_of, registering


@pytest.fixture
def bus() -> HookBus:
    return HookBus()


def test_handlers_run_by_priority_and_then_in_order_of_registration(bus):
    heard = []
    for name, priority in [("c", 100), ("a", 1), ("d", 100), ("b", 1.5)]:
        bus.on("event", lambda name=name: heard.append(name), priority=priority)
    bus.trigger("event")
    assert heard == ["a", "b", "c", "d"]


def test_one_failure_stops_nothing_and_stays_visible_with_its_owner(bus, caplog):
    heard = []
    bus.on("event", lambda: heard.append(1), owner="first")
    bus.on("event", lambda: 1 / 0, owner="broken")
    bus.on("event", lambda: heard.append(2), owner="last")
    results = bus.trigger("event")
    assert heard == [1, 2]
    assert [(r.owner, r.ok) for r in results] == [("first", True), ("broken", False), ("last", True)]
    assert isinstance(results[1].error, ZeroDivisionError)
    assert [f.owner for f in bus.failures] == ["broken"]
    assert [record.getMessage() for record in caplog.records if "broken failed on event: ZeroDivisionError" in record.getMessage()]


@pytest.mark.parametrize("error", [SystemExit(3), ValueError("x"), ImportError()])
def test_even_a_system_exit_stays_inside(bus, error):
    def leave():
        raise error

    bus.on("event", leave)
    assert bus.trigger("event")[0].error is error


def test_a_keyboard_interrupt_passes(bus):
    def interrupt():
        raise KeyboardInterrupt

    bus.on("event", interrupt)
    with pytest.raises(KeyboardInterrupt):
        bus.trigger("event")


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (lambda: "none", "none"),
        (lambda a: a, 1),
        (lambda a, b: (a, b), (1, 2)),
        (lambda *args: args, (1, 2)),
        (lambda a, *, key: (a, key), (1, "k")),
        (lambda **payload: payload, {"key": "k", "other": "o"}),
        (lambda key: key, 1),
        (lambda a, b, c="default": c, "default"),
    ],
)
def test_a_handler_takes_as_many_arguments_as_it_wants(bus, handler, expected):
    bus.on("event", handler)
    assert bus.trigger("event", 1, 2, key="k", other="o")[0].result == expected


def test_a_builtin_without_a_signature_takes_what_it_is_given(bus):
    bus.on("event", dict)
    assert bus.trigger("event", key="k")[0].result == {"key": "k"}


def test_the_event_name_may_be_a_payload_key_too(bus):
    bus.on("event", lambda event: event)
    assert bus.trigger("event", event="payload")[0].result == "payload"


def test_pipe_hands_the_value_on_and_none_or_a_failure_keeps_it(bus):
    bus.on("table", lambda value: [*value, "a"])
    bus.on("table", lambda value: None)
    bus.on("table", lambda value: 1 / 0)
    bus.on("table", lambda value, suffix: [*value, suffix])
    assert bus.pipe("table", [], suffix="z") == ["a", "z"]
    assert len(bus.failures) == 1


def test_pipe_without_handlers_gives_the_value_back(bus):
    value = object()
    assert bus.pipe("nobody", value) is value


def test_undo_takes_off_exactly_one_registration(bus):
    handler = lambda: "again"  # noqa: E731
    first, second = bus.on("event", handler), bus.on("event", handler)
    first()
    first()
    assert len(bus.trigger("event")) == 1
    second()
    assert bus.trigger("event") == []


def test_forgetting_an_owner_counts_its_handlers(bus):
    bus.on("a", lambda: None, owner="plugin")
    bus.on("b", lambda: None, owner="plugin")
    bus.on("b", lambda: None, owner="other")
    assert bus.forget("plugin") == 2
    assert [row["owner"] for row in bus.listing()] == ["other"]


def test_an_event_does_not_run_in_circles(bus):
    bus.on("event", lambda: bus.trigger("event"))
    assert len(bus.trigger("event")) == 1
    assert isinstance(bus.failures[-1].error, RecursionError)
    assert len(bus.trigger("event")) == 1, "the bus must be usable again"


def test_another_event_may_be_fired_from_a_handler(bus):
    bus.on("outer", lambda: [r.result for r in bus.trigger("inner")])
    bus.on("inner", lambda: "heard")
    assert bus.trigger("outer")[0].result == ["heard"]


def test_explain_prints_order_owners_and_the_last_failure(bus, capsys):
    bus.on("cost_entry_received", lambda: None, priority=5, owner="early")
    bus.on("cost_entry_received", lambda: [].pop(), owner="late")
    bus.trigger("cost_entry_received")
    bus.explain("cost_entry_received")
    said = capsys.readouterr().out
    assert said.index("1. early") < said.index("2. late")
    assert "last failure: IndexError" in said
    bus.explain("nobody_hears")
    assert "nobody listens" in capsys.readouterr().out


def test_explain_without_an_event_lists_all_of_the_systems(bus, capsys):
    bus.explain()
    said = capsys.readouterr().out
    assert all(event in said for event in EVENTS)


def test_what_is_not_callable_is_refused(bus):
    with pytest.raises(TypeError, match="callable"):
        bus.on("event", "not a function")


def test_an_error_that_cannot_be_printed_is_described():
    class Nasty(Exception):
        def __str__(self):
            raise RuntimeError

    assert describe_error(Nasty()) == "Nasty: (its message cannot be read)"
    assert describe_error(ImportError()) == "ImportError"


def test_a_hooked_function_of_a_module_is_registered_once_however_often_the_cell_runs():
    source = '@hook("tests_cell_event", priority=7)\ndef heard(x):\n    return x + 1\n'
    namespace = {"hook": hook, "__name__": "__main__"}
    try:
        for _ in range(3):
            exec(source, namespace)
        assert [r.result for r in default_bus.trigger("tests_cell_event", 1)] == [2]
        assert default_bus.listing("tests_cell_event")[0]["priority"] == 7
    finally:
        default_bus.forget("notebook")


def test_a_hooked_method_waits_for_the_plugin_to_be_loaded():
    class Listener:
        @hook("tests_method_event")
        @hook("tests_other_event", priority=1)
        def heard(self):
            return "method"

    assert default_bus.listing("tests_method_event") == []
    found = {(event, priority) for event, priority, _ in hooks_of(Listener())}
    assert found == {("tests_method_event", 100), ("tests_other_event", 1)}


def test_inherited_and_overridden_hook_methods_are_found_once():
    class Base:
        @hook("event")
        def heard(self):
            return "base"

    class Child(Base):
        @hook("event", priority=2)
        def heard(self):
            return "child"

    [(event, priority, method)] = hooks_of(Child())
    assert (event, priority, method()) == ("event", 2, "child")


def test_while_a_plugin_is_imported_its_functions_belong_to_it(bus):
    with registering(bus, "some-plugin"):

        @hook("event")
        def heard():
            return "mine"

    assert bus.listing("event")[0]["owner"] == "some-plugin"


def test_registering_and_firing_from_many_threads_loses_nothing(bus):
    def work(number):
        for _ in range(50):
            undo = bus.on("event", lambda: None, owner=f"owner-{number}")
            bus.trigger("event")
            undo()
        bus.on("event", lambda: number, owner=f"owner-{number}")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(r.result for r in bus.trigger("event")) == list(range(6))
    assert not bus.failures
