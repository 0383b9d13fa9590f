"""What metadata may be, and reading it off a class in hand."""

from __future__ import annotations

import functools
from abc import abstractmethod
from dataclasses import replace

import pytest

from finopsnb.errors import PluginMetadataError
from finopsnb.plugins.base import PluginMetadata, PluginType
from finopsnb.plugins.discovery import check_metadata, read_class
from finopsnb.plugins.telemetry import TelemetryPlugin

GOOD = PluginMetadata(name="acme-cost", version="1.0.0", plugin_type=PluginType.TELEMETRY)


def test_good_metadata_has_no_problems():
    full = replace(
        GOOD,
        version="1.0.0rc1+local.1",
        author="Zoë",
        description="Two\nlines\tand a tab",
        dependencies=["requests>=2"],
        homepage="https://example.com/a",
        license="Apache-2.0",
        tags=["a", "b"],
        requires=("focus-files",),
    )
    assert check_metadata(GOOD) == check_metadata(full) == []


@pytest.mark.parametrize("name", ["ab", "a-", "a1", "a" * 64, "focus-files"])
def test_names_that_may_be(name):
    assert check_metadata(replace(GOOD, name=name)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a"},
        {"name": "a" * 65},
        {"name": "a" * 10_000},
        {"name": "Acme"},
        {"name": "1acme"},
        {"name": "-acme"},
        {"name": "acme_cost"},
        {"name": "acme\n"},
        {"name": "acmé"},
        {"name": "<script>alert(1)</script>"},
        {"name": "../../etc"},
        {"name": None},
        {"version": "one"},
        {"version": ""},
        {"version": None},
        {"version": "1" * 10_000},
        {"plugin_type": None},
        {"plugin_type": "telemtry"},
        {"plugin_type": 7},
        {"description": "x" * 2_001},
        {"description": "bell \x07"},
        {"description": "escape \x1b[31m"},
        {"description": "turned \u202e round"},
        {"description": "half \ud800"},
        {"description": None},
        {"author": "x" * 201},
        {"author": ("one", "two")},
        {"license": "x" * 201},
        {"homepage": "javascript:alert(1)"},
        {"homepage": "https://example.com/ <b>"},
        {"tags": "focus"},
        {"tags": ["ok", 3]},
        {"tags": ["x" * 65]},
        {"tags": ["x"] * 101},
        {"requires": ["Bad Name"]},
        {"dependencies": {"requests"}},
    ],
)
def test_metadata_that_is_refused(wrong):
    problems = check_metadata(replace(GOOD, **wrong))
    assert problems
    key = next(iter(wrong))
    assert any(key.replace("_", " ") in text or key in text for text in problems)
    assert all(len(text) < 300 and text.isprintable() for text in problems)


def test_all_problems_are_told_at_once():
    assert len(check_metadata(PluginMetadata(name="Bad Name", version="one", tags="x"))) == 4


class _Base(TelemetryPlugin):
    def collect_telemetry(self):
        return []


def test_an_attribute_a_property_and_a_cached_property():
    class Attribute(_Base):
        metadata = GOOD

    class Property(_Base):
        LABEL = "acme-cost"

        @property
        def metadata(self):
            return replace(GOOD, name=self.LABEL, description=f"{self._more()} {self.__class__.__name__}")

        def _more(self):
            return self.LABEL.upper()

    class Inherits(Property):
        @property
        def metadata(self):
            return replace(super().metadata, version="9")

    class Cached(_Base):
        @functools.cached_property
        def metadata(self):
            return GOOD

    assert read_class(Attribute) == read_class(Cached) == GOOD
    assert read_class(Property).name == "acme-cost"
    assert read_class(Property).description == "ACME-COST Property"
    assert read_class(Inherits).version == "9"


def test_the_type_comes_from_the_base_class_and_words_are_understood():
    class NoType(_Base):
        metadata = PluginMetadata(name="acme-cost")

    class Word(_Base):
        metadata = PluginMetadata(name="acme-cost", plugin_type="policy")  # type: ignore[arg-type]

    assert read_class(NoType).plugin_type is PluginType.TELEMETRY
    assert read_class(Word).plugin_type is PluginType.POLICY


def test_no_instance_is_built_and_none_is_changed():
    class Counting(_Base):
        built = 0

        def __init__(self, config=None):
            type(self).built += 1
            super().__init__(config)

        @property
        def metadata(self):
            return GOOD

    read_class(Counting)
    assert Counting.built == 0


class _Unspeakable(Exception):
    def __str__(self):
        raise ValueError

    __repr__ = __str__


def _raising(error):
    class Raising(_Base):
        @property
        def metadata(self):
            raise error

    return Raising


@pytest.mark.parametrize(
    "error", [ImportError(), RuntimeError("why"), SystemExit(3), _Unspeakable(), RecursionError("deep"), KeyError("x")]
)
def test_whatever_reading_it_raises_is_one_error(error):
    with pytest.raises(PluginMetadataError) as caught:
        read_class(_raising(error))
    assert caught.value.__cause__ is error
    assert type(error).__name__ in caught.value.why
    assert "Raising" in caught.value.what
    assert caught.value.phase == "metadata"
    assert "PluginMetadata(" in str(caught.value)


def test_ctrl_c_passes():
    with pytest.raises(KeyboardInterrupt):
        read_class(_raising(KeyboardInterrupt()))


def test_metadata_that_needs_an_instance_is_an_error():
    class NeedsInstance(_Base):
        @property
        def metadata(self):
            return replace(GOOD, name=self.config["name"])

    with pytest.raises(PluginMetadataError, match="config"):
        read_class(NeedsInstance)


@pytest.mark.parametrize(("value", "said"), [({"name": "x"}, "dict"), (None, "none"), ("x", "str"), (lambda self: GOOD, "@property")])
def test_something_else_for_metadata(value, said):
    cls = type("Odd", (_Base,), {"metadata": value})
    with pytest.raises(PluginMetadataError, match=said) as caught:
        read_class(cls)
    assert "Odd" in caught.value.what


def test_an_abstract_metadata_is_none():
    class Abstract(_Base):
        @property
        @abstractmethod
        def metadata(self): ...

    for cls in (Abstract, _Base):
        with pytest.raises(PluginMetadataError, match="has none"):
            read_class(cls)


def test_a_class_of_a_notebook_cell_needs_no_source():
    cell = """
from finopsnb.plugins.base import PluginMetadata
from finopsnb.plugins.telemetry import TelemetryPlugin
class CellPlugin(TelemetryPlugin):
    @property
    def metadata(self): return PluginMetadata(name="from-a-cell", version="0.1")
    def collect_telemetry(self): return []
"""
    namespace = {"__name__": "__main__"}
    exec(cell, namespace)
    assert namespace["CellPlugin"].__module__ == "__main__"
    meta = read_class(namespace["CellPlugin"])
    assert (meta.name, meta.plugin_type) == ("from-a-cell", PluginType.TELEMETRY)
