"""Reading plugins off their source: what is a plugin, what is not, and what cannot be known without running it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finopsnb.plugins.base import PluginType
from finopsnb.plugins.discovery import Found, read_source

HEAD = "from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin, plugin\n"


@pytest.fixture
def read(tmp_path: Path):
    def read(source: str | bytes) -> list[Found]:
        path = tmp_path / "one.py"
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return read_source(path, "one")

    return read


def one(found: list[Found]) -> Found:
    assert len(found) == 1, found
    return found[0]


def test_a_class_attribute(read):
    item = one(
        read(
            HEAD
            + """
class Acme(TelemetryPlugin):
    metadata = PluginMetadata(
        name="acme-cost", version="1.2.3", author="A", description="D", plugin_type=PluginType.TELEMETRY,
        dependencies=["requests>=2"], homepage="https://example.com", license="MIT", tags=("a", "b"),
        requires=["focus-files"], config_schema=make_schema(),
    )
"""
        )
    )
    assert (item.name, item.version, item.author, item.description) == ("acme-cost", "1.2.3", "A", "D")
    assert (item.plugin_type, item.tags, item.license) == (PluginType.TELEMETRY, ("a", "b"), "MIT")
    assert (item.dependencies, item.requires) == (("requests>=2",), ("focus-files",))
    assert (item.homepage, item.class_name, item.module, item.line) == ("https://example.com", "Acme", "one", 3)
    assert item.reason == ""
    assert len(item.sha256) == 64


@pytest.mark.parametrize(
    "body",
    [
        'metadata = PluginMetadata(name="acme-cost", version="1.0")',
        'metadata: PluginMetadata = PluginMetadata("acme-cost", "1.0")',
        "metadata = META",
        'metadata = p.PluginMetadata(name="acme-cost", version="1.0")',
        'metadata = Meta(name="acme-cost", version="1.0")',
        'metadata = PluginMetadata(name=NAME, version=f"{MAJOR}.0")',
        'metadata = PluginMetadata(name=PREFIX + "cost", version="1" + ".0")',
        '@property\n    def metadata(self): return PluginMetadata(name="acme-cost", version="1.0")',
        '@property\n    def metadata(self):\n        """Doc."""\n        v = "1.0"\n        return PluginMetadata(NAME, v)',
        'OWN = "acme-cost"\n    @property\n    def metadata(self): return PluginMetadata(name=self.OWN, version="1.0")',
        '@functools.cached_property\n    def metadata(self): return PluginMetadata("acme-cost", "1.0")',
        'if True:\n        metadata = PluginMetadata(name="acme-cost", version="1.0")',
    ],
)
def test_every_way_to_write_it(read, body):
    source = (
        HEAD
        + f"""
import functools
import finopsnb.plugins as p
from finopsnb.plugins import PluginMetadata as Meta
NAME, = "x",
NAME = "acme-cost"
PREFIX: str = "acme-"
MAJOR = 1
META = PluginMetadata(name="acme-cost", version="1.0")
class SomethingPlugin(TelemetryPlugin):
    {body}
"""
    )
    item = one(read(source))
    assert (item.name, item.version, item.plugin_type) == ("acme-cost", "1.0", PluginType.TELEMETRY)
    assert item.reason == ""


@pytest.mark.parametrize("decorator", ["plugin", "p.plugin", "plugins.plugin", "mark"])
def test_the_decorator(read, decorator):
    item = one(
        read(
            f"""
import finopsnb.plugins as p
from finopsnb import plugins
from finopsnb.plugins import plugin, plugin as mark, PolicyPlugin
@{decorator}(name="acme-rules", version="2.0", tags=["x"])
class Rules(PolicyPlugin): ...
"""
        )
    )
    assert (item.name, item.version, item.plugin_type, item.tags) == ("acme-rules", "2.0", PluginType.POLICY, ("x",))


def test_a_decorator_of_somebody_else_is_none(read):
    assert read("from click import plugin\n@plugin(name='x-y')\nclass A: ...\n") == []


@pytest.mark.parametrize("given", ["PluginType.POLICY", '"policy"', "KIND", 'PluginType("policy")', "p.PluginType.POLICY"])
def test_the_type_may_be_a_constant_a_word_or_a_name(read, given):
    source = HEAD + (
        "import finopsnb.plugins as p\nfrom finopsnb.plugins import PluginBase\nKIND = PluginType.POLICY\n"
        f'class A(PluginBase):\n    metadata = PluginMetadata(name="acme-rules", plugin_type={given})\n'
    )
    item = one(read(source))
    assert (item.plugin_type, item.reason) == (PluginType.POLICY, "")


@pytest.mark.parametrize("kind", list(PluginType))
def test_the_type_comes_from_the_base_class(read, kind):
    base = f"{kind.value.title()}Plugin"
    source = (
        f"from finopsnb.plugins import PluginMetadata, {base} as Base\n"
        "class Middle(Base): ...\n"
        'class A(Middle):\n    metadata = PluginMetadata(name="acme-any")\n'
    )
    assert one(read(source)).plugin_type is kind


@pytest.mark.parametrize(("given", "kind"), [("PluginType.POLICY", PluginType.POLICY), ("guess()", PluginType.TELEMETRY)])
def test_the_class_body_may_tell_the_type(read, given, kind):
    source = HEAD + f'class A(TelemetryPlugin):\n    plugin_type = {given}\n    metadata = PluginMetadata("acme-any")\n'
    assert one(read(source)).plugin_type is kind


def test_a_class_below_a_plugin_of_the_file_is_told_from_other_classes(read):
    source = HEAD + (
        "class Middle(TelemetryPlugin): ...\nclass A(Middle):\n    metadata = make()\n"
        "class B(Round):\n    metadata = make()\nclass Round(B): ...\nclass C(Generic[T]):\n    metadata = make()\n"
    )
    assert [item.name for item in read(source)] == ["A"]


@pytest.mark.parametrize(
    "constant",
    [
        "A = B = 'a-b'\nA += 'c'",
        "A = ['a'][0]",
        "A = 'x'.join('ab')",
        "A = f'{1:>9}'",
        "from other import A",
        "import A",
    ],
)
def test_a_constant_that_is_not_one(read, constant):
    source = HEAD + f"{constant}\nclass P(TelemetryPlugin):\n    metadata = PluginMetadata(name=A)\n"
    assert "is only known when it runs" in one(read(source)).reason


def test_what_is_not_a_plugin_is_not_listed(read):
    source = (
        HEAD
        + """
from acme.base import AcmeBasePlugin
class Plain: ...
class Model:
    metadata = {"a": 1}
class Abstract(TelemetryPlugin): ...
class StillAbstract(TelemetryPlugin):
    @property
    @abstractmethod
    def metadata(self): ...
class Annotated(TelemetryPlugin):
    metadata: PluginMetadata
class Parent(TelemetryPlugin):
    metadata = PluginMetadata(name="the-parent")
class Child(Parent): ...
def make():
    class Inside(TelemetryPlugin):
        metadata = PluginMetadata(name="not-at-the-top")
"""
    )
    assert [item.name for item in read(source)] == ["the-parent"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("metadata = PluginMetadata(name=os.sep)", "name=os.sep"),
        ("metadata = PluginMetadata(**VALUES)", "**"),
        ("metadata = make()", "make()"),
        ("metadata = PluginMetadata(version='1.0')", "no name"),
        ("metadata = PluginMetadata(nam='a-b')", "did you mean name"),
        ("metadata = PluginMetadata(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)", "12 fields"),
        ("metadata = PluginMetadata(name='a-b', version=__version__)", "version=__version__"),
        ("metadata = PluginMetadata(name=TWICE)", "TWICE"),
        ("metadata = PluginMetadata(name=f'{TWICE!r}')", "TWICE"),
        ("metadata = PluginMetadata(name='a-b' + ('c',))", "only known when it runs"),
        ("metadata = PluginMetadata(name=LOOP)", "circle"),
        ("metadata = PluginMetadata(name='a-b', description=LAUGH9)", "too often"),
        ("metadata = PluginMetadata(name='a-b', description=LONG4)", "characters"),
        ("metadata = A = PluginMetadata(name='a-b')\n    metadata = None", "more than once"),
        ("def metadata(self): return PluginMetadata(name='a-b')", "@property"),
        ("@property\n    def metadata(self): raise ImportError", "returns nothing"),
        (
            "@property\n    def metadata(self):\n        if self.x: return A\n        return B",
            "more than one place",
        ),
        ("metadata = PluginMetadata(name='Bad Name')", "as in bad-name"),
        ("metadata = PluginMetadata(name='a-b', plugin_type='telemtry')", "did you mean telemetry?"),
        ("metadata = PluginMetadata(name='a-b', tags='focus')", "tags"),
        ("metadata = PluginMetadata(name=42)", "has to be text, not int"),
    ],
)
def test_what_cannot_be_read_says_why(read, body, said):
    laughs = "LAUGH0 = ('ha',)\n" + "".join(f"LAUGH{n} = ({', '.join([f'LAUGH{n - 1}'] * 10)})\n" for n in range(1, 10))
    long = f"LONG0 = {'x' * 9000!r}\n" + "".join(f"LONG{n} = LONG{n - 1} + LONG{n - 1}\n" for n in range(1, 5))
    names = f"{laughs}{long}TWICE = 'a'\nTWICE = 'b'\nLOOP = LOOP + 'x'\n"
    source = HEAD + names + f"class A(TelemetryPlugin):\n    {body}\n"
    item = one(read(source))
    assert said in item.reason
    assert "one.py:" in item.reason
    assert "A at " in item.reason
    assert len(item.name) <= 64
    assert len(item.reason) < 1000


def test_a_plugin_without_a_type_says_so(read):
    source = HEAD + 'class A(Unknown):\n    metadata = PluginMetadata(name="acme-cost")\n'
    assert "plugin_type is not given" in one(read(source)).reason


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def f(:\n", "one.py:1"),
        ("x = 1\nclass A(:\n", "one.py:2"),
        (b"x = '\xff\xfe'\n", "one.py"),
        (b"x = 1\x00\n", "one.py"),
        ("x = " + "(" * 5000, "one.py"),
        ("x = " + "-" * 100_000 + "1", "one.py"),
        ("# coding: no-such-codec\n", "one.py"),
    ],
)
def test_a_file_that_is_not_python_is_one_record(read, source, said):
    item = one(read(source))
    assert item.name == "one"
    assert said in item.reason
    assert "\n" not in item.reason


def test_a_file_in_another_encoding_is_read(read):
    cls = 'class A(TelemetryPlugin):\n    metadata = PluginMetadata("a-b", author="Zoë")\n'
    source = "# coding: latin-1\n" + HEAD + cls
    assert one(read(source.encode("latin-1"))).author == "Zoë"
    assert one(read(b"\xef\xbb\xbf" + source.partition("\n")[2].encode())).author == "Zoë"


def test_what_is_not_an_ordinary_file_is_not_opened(tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "huge.py").write_bytes(b"#" * 2_000_001)
    (tmp_path / "folder.py").mkdir()
    reasons = [one(read_source(tmp_path / name, "m")).reason for name in ("pipe.py", "huge.py", "folder.py", "gone.py")]
    assert "not an ordinary file" in reasons[0]
    assert "2,000,001 bytes" in reasons[1]
    assert "not an ordinary file" in reasons[2]
    assert "cannot be read" in reasons[3]


@given(st.text(max_size=200))
def test_no_text_makes_it_raise(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "any.py"
    path.write_text(HEAD + "class A(TelemetryPlugin):\n    metadata = PluginMetadata(" + text, "utf-8", "surrogatepass")
    for item in read_source(path, "any"):
        assert item.reason or item.name
