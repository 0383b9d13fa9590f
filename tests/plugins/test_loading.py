"""Importing what was found: in a corner of its own, without bytecode, and anew after an edit."""

from __future__ import annotations

import importlib
import linecache
import os
import pickle
import subprocess
import sys
import threading
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from finopsnb.errors import PluginDependencyError, PluginLoadError, PluginMetadataError, UnsafePluginPath
from finopsnb.plugins.base import PluginBase
from finopsnb.plugins.discovery import Found, in_folder, in_package
from finopsnb.plugins.loading import digest, load_class

HERE = Path(__file__).parent.parent
PLUGIN = """
from finopsnb.plugins.base import PluginMetadata
from finopsnb.plugins.telemetry import TelemetryPlugin

class SomethingPlugin(TelemetryPlugin):
    metadata = PluginMetadata(name="{name}", version="1.0")
    answer = {answer}

    def collect_telemetry(self):
        return []
"""


def write(path: Path, name: str = "acme-one", answer: str = "1", before: str = "", after: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(before + PLUGIN.format(name=name, answer=answer) + after)
    return path


def one(place: Path, name: str = "acme-one") -> Found:
    return next(item for item in in_folder(place) if item.name == name)


@pytest.fixture(autouse=True)
def _nothing_left():
    modules, finders, path = set(sys.modules), list(sys.meta_path), list(sys.path)
    yield
    assert sys.path == path, "sys.path was changed"
    assert len(sys.meta_path) - len(finders) in (0, 1), "a finder was left behind"
    for name in set(sys.modules) - modules:
        del sys.modules[name]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "plugins"
    made.mkdir(mode=0o755)
    return made


# the corner of a folder


def test_a_file_of_a_folder_becomes_a_class(folder):
    write(folder / "one.py", answer="42")
    cls = load_class(one(folder))
    assert issubclass(cls, PluginBase)
    assert cls.answer == 42
    assert load_class(one(folder)) is cls
    assert sys.modules[cls.__module__].__file__ == str(folder / "one.py")


@pytest.mark.parametrize("name", ["json", "secrets", "finopsnb", "typing", "not-an-identifier", "finopsnb_plugins", "__main__"])
def test_a_file_may_be_called_anything_and_shadows_nothing(folder, name):
    write(folder / f"{name}.py")
    before = {module: sys.modules.get(module) for module in ("json", "secrets", "finopsnb", "typing", "__main__")}
    cls = load_class(one(folder))
    assert cls.__module__.endswith(f".{name}")
    assert {module: sys.modules.get(module) for module in before} == before
    assert importlib.import_module("json").dumps([1]) == "[1]"


def test_the_standard_library_is_what_a_plugin_called_json_imports(folder):
    write(folder / "json.py", answer='json.dumps({"a": 1})', before="import json\n")
    assert load_class(one(folder)).answer == '{"a": 1}'


def test_files_import_each_other_relatively(folder):
    (folder / "helpers.py").write_text("from .sub.deeper import VALUE\nfrom . import sub\nNAME = __name__\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "deeper.py").write_text("from ..secrets import KEY\nVALUE = KEY * 2\n")
    (folder / "secrets.py").write_text("KEY = 21\n")
    write(folder / "one.py", answer="helpers.VALUE", before="from . import helpers\nfrom .helpers import NAME\n")
    write(
        folder / "sub" / "two.py",
        "acme-two",
        answer="KEY",
        before="from ..secrets import KEY\nfrom .deeper import VALUE\n",
    )
    assert load_class(one(folder)).answer == 42
    assert load_class(one(folder, "acme-two")).answer == 21


def test_a_folder_may_be_a_package_with_an_init(folder):
    (folder / "__init__.py").write_text("SHARED = 7\n")
    write(folder / "one.py", answer="SHARED", before="from . import SHARED\n")
    write(folder / "sub" / "__init__.py", "acme-sub", answer="SHARED", before="from .. import SHARED\n")
    assert load_class(one(folder)).answer == 7
    assert load_class(one(folder, "acme-sub")).answer == 7
    write(folder / "__init__.py", "acme-top", answer="9")
    assert load_class(one(folder, "acme-top"), fresh=True).answer == 9


def test_an_import_in_a_method_works_later(folder):
    (folder / "late.py").write_text("VALUE = 5\n")
    write(folder / "one.py", after="    def late(self):\n        from .late import VALUE\n        return VALUE\n")
    assert load_class(one(folder))().late() == 5


def test_two_folders_do_not_see_each_other(folder, tmp_path):
    other = tmp_path / "other"
    for place, value in ((folder, "1"), (other, "2")):
        write(place / "one.py", answer="VALUE", before="from .common import VALUE\n")
        (place / "common.py").write_text(f"VALUE = {value}\n")
    assert [load_class(one(place)).answer for place in (folder, other)] == [1, 2]


@pytest.mark.parametrize(
    "body",
    [
        "@dataclass\nclass Row:\n    day: 'Day'\n    all: list[Day] = field(default_factory=list)\nROW = Row(Day())\n",
        "class Row(BaseModel):\n    day: Day | None = None\n    more: 'list[Row]' = []\nROW = Row(more=[Row()])\n",
        "class Row(NamedTuple):\n    day: Day\nROW = typing.get_type_hints(Row)\n",
    ],
)
def test_dataclasses_and_models_inside_a_plugin_file(folder, body):
    before = (
        "from __future__ import annotations\nimport typing\nfrom dataclasses import dataclass, field\n"
        "from typing import NamedTuple\nfrom pydantic import BaseModel\nclass Day(BaseModel): ...\n"
    )
    write(folder / "one.py", answer="ROW", before=before + body)
    cls = load_class(one(folder))
    assert cls.answer
    if "NamedTuple" not in body:
        assert pickle.loads(pickle.dumps(cls.answer)) == cls.answer


def test_no_bytecode_is_written_and_none_is_read(folder):
    write(folder / "one.py", answer="1", before="from . import helper\n")
    (folder / "helper.py").write_text("")
    import py_compile

    stale = folder / "__pycache__" / f"one.{sys.implementation.cache_tag}.pyc"
    py_compile.compile(str(folder / "one.py"), cfile=str(stale))
    status = (folder / "one.py").stat()
    write(folder / "one.py", answer="2", before="from . import helper\n")
    os.utime(folder / "one.py", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert load_class(one(folder)).answer == 2
    assert list(folder.rglob("*.pyc")) == [stale]


# what a plugin must not reach


def test_a_link_out_of_the_folder_is_not_run_by_an_import_either(folder, tmp_path):
    mark = tmp_path / "mark"
    (tmp_path / "outside.py").write_text(f"open({str(mark)!r}, 'w')\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "__init__.py").write_text(f"open({str(mark)!r}, 'w')\n")
    (folder / "helper.py").symlink_to(tmp_path / "outside.py")
    (folder / "package").symlink_to(tmp_path / "elsewhere")
    for name in ("helper", "package"):
        write(folder / "one.py", before=f"from . import {name}\n")
        with pytest.raises(UnsafePluginPath, match="link out of its folder"):
            load_class(one(folder))
    assert not mark.exists()


def test_a_file_that_became_a_link_after_it_was_found(folder, tmp_path):
    path = write(folder / "one.py")
    item = one(folder)
    path.unlink()
    path.symlink_to(write(tmp_path / "outside.py"))
    with pytest.raises(UnsafePluginPath):
        load_class(item)


# what goes wrong


def test_what_cannot_be_used_is_not_imported(folder):
    (folder / "bad.py").write_text("class (\n")
    (item,) = in_folder(folder)
    with pytest.raises(PluginLoadError, match="syntax error") as caught:
        load_class(item)
    assert caught.value.plugin == "bad"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("broken-import", ImportError),
        ("broken-exit", SystemExit),
        ("broken-missing", PluginDependencyError),
        ("broken-metadata", PluginMetadataError),
    ],
)
def test_broken_plugins_raise_what_they_raise(name, error):
    found = {item.name: item for item in in_folder(HERE / "broken_plugin", allow_unsafe=True)}
    with pytest.raises(error) as caught:
        load_class(found[name])
    frames = [frame.filename for frame in traceback.extract_tb((caught.value.__cause__ or caught.value).__traceback__)]
    assert str(found[name].path) in frames
    if name != "broken-metadata":
        assert found[name].module not in sys.modules


def test_a_missing_package_says_which_and_how_to_get_it():
    found = {item.name: item for item in in_folder(HERE / "broken_plugin", allow_unsafe=True)}
    with pytest.raises(PluginDependencyError) as caught:
        load_class(found["broken-missing"])
    assert "imports a_package_that_nobody_has" in caught.value.what
    assert caught.value.hint.startswith("pip install a_package_that_nobody_has")


def test_a_file_beside_the_plugin_is_imported_with_a_dot(folder):
    (folder / "helpers.py").touch()
    write(folder / "one.py", before="import helpers\n")
    with pytest.raises(PluginLoadError) as caught:
        load_class(one(folder))
    assert caught.value.hint == "from . import helpers"


def test_an_import_error_in_the_plugins_own_words_is_passed_on(folder):
    write(folder / "one.py", before="raise ModuleNotFoundError('in my own words')\n")
    with pytest.raises(ModuleNotFoundError, match="in my own words"):
        load_class(one(folder))


def test_a_plugin_file_that_is_gone(folder):
    path = write(folder / "one.py")
    item = one(folder)
    path.unlink()
    with pytest.raises(PluginLoadError, match=r"No file one\.py"):
        load_class(item)


def test_a_class_that_is_not_there_or_is_no_plugin(folder):
    path = write(folder / "one.py")
    item = one(folder)
    with pytest.raises(PluginLoadError, match="Did you mean SomethingPlugin"):
        load_class(replace(item, class_name="SomthingPlugin"))
    path.write_text('PluginMetadata = dict\nclass SomethingPlugin:\n    metadata = PluginMetadata(name="acme-one")\n')
    with pytest.raises(PluginLoadError, match="no plugin class SomethingPlugin"):
        load_class(item)


def test_a_class_that_calls_itself_something_else(folder):
    path = write(folder / "one.py")
    item = one(folder)
    write(path, "acme-two")
    with pytest.raises(PluginMetadataError, match="found as acme-one and now calls itself acme-two"):
        load_class(item)


def test_a_failed_import_can_be_tried_again(folder):
    path = write(folder / "one.py", before="1 / 0\n")
    item = one(folder)
    with pytest.raises(ZeroDivisionError):
        load_class(item)
    write(path, answer="3")
    assert load_class(item).answer == 3


def test_found_can_be_loaded_in_an_interpreter_that_did_not_look(folder):
    """A worker process gets the record and not the finder of the process that found it."""
    item = one(write(folder / "one.py", answer="6", before="from .x import y\n").parent)
    (folder / "x.py").write_text("y = 1\n")
    code = "import pickle, sys; from finopsnb.plugins.loading import load_class;"
    code += "print(load_class(pickle.load(sys.stdin.buffer)).answer)"
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(item), capture_output=True, cwd=HERE.parent)
    assert done.stdout.strip() == b"6", done.stderr


# anew


def test_an_edit_of_the_same_size_in_the_same_second_is_seen(folder):
    path = write(folder / "one.py", answer="0")
    item = one(folder)
    status = path.stat()
    for answer in range(1, 10):
        write(path, answer=str(answer))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert load_class(item, fresh=True).answer == answer


def test_without_fresh_the_class_stays_until_the_file_changes(folder):
    path = write(folder / "one.py", answer="1")
    item = one(folder)
    cls = load_class(item)
    assert load_class(item) is cls
    write(path, answer="2")
    assert load_class(item).answer == 2


def test_a_changed_helper_is_seen_too(folder):
    helper = folder / "sub" / "helper.py"
    helper.parent.mkdir()
    helper.write_text("VALUE = 1\n")
    write(folder / "one.py", answer="VALUE", before="from .sub.helper import VALUE\n")
    item = one(folder)
    assert load_class(item).answer == 1
    helper.write_text("VALUE = 2\n")
    assert load_class(item, fresh=True).answer == 2


@pytest.mark.parametrize(
    "edit",
    ["def broken(:\n", "1 / 0\n", "raise SystemExit(1)\n", "raise KeyboardInterrupt\n", "SomethingPlugin = 1\n", ""],
)
def test_a_broken_edit_leaves_the_old_modules_in_place(folder, edit):
    helper = folder / "helper.py"
    helper.write_text("VALUE = 1\n")
    path = write(folder / "one.py", answer="helper.VALUE", before="from . import helper\n")
    item = one(folder)
    old = load_class(item)
    modules = {name: module for name, module in sys.modules.items() if name.startswith(item.module.partition(".")[0])}
    assert len(modules) == 3
    helper.write_text("VALUE = 2\n")
    path.write_text("from . import helper\n" + edit)
    with pytest.raises((Exception, SystemExit, KeyboardInterrupt)):
        load_class(item, fresh=True)
    assert {name: sys.modules.get(name) for name in modules} == modules
    assert sys.modules[old.__module__].SomethingPlugin is old
    assert sys.modules[old.__module__].helper.VALUE == 1


def test_other_plugins_of_the_folder_keep_their_module(folder):
    path = write(folder / "one.py")
    write(folder / "two.py", "acme-two", before="from dataclasses import dataclass\n")
    two = load_class(one(folder, "acme-two"))
    load_class(one(folder))
    write(path, answer="2")
    load_class(one(folder), fresh=True)
    assert sys.modules[two.__module__].SomethingPlugin is two
    package = sys.modules[two.__module__.partition(".")[0]]
    assert package.two.SomethingPlugin is two
    assert package.one.SomethingPlugin.answer == 2


def test_tracebacks_show_the_lines_of_the_edit(folder):
    path = write(folder / "one.py", after="    def fail(self):\n        raise OSError(1)  # old\n")
    item = one(folder)
    load_class(item)
    linecache.getlines(str(path))
    status = path.stat()
    write(path, after="    def fail(self):\n        raise OSError(1)  # new\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    cls = load_class(item, fresh=True)
    with pytest.raises(OSError, match="1") as caught:
        cls().fail()
    assert "# new" in "".join(traceback.format_exception(caught.value))


def test_a_module_of_an_installed_package_is_run_anew(tmp_path, monkeypatch):
    package = tmp_path / "acme_anew"
    path = write(package / "inner" / "cost.py", answer="VALUE", before="from .common import VALUE\nimport acme_anew.other\n")
    (package / "inner" / "__init__.py").write_text("from .cost import SomethingPlugin\n")
    (package / "inner" / "common.py").write_text("VALUE = 1\n")
    (package / "other.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (item,) = in_package("acme_anew")
    old = load_class(item)
    other, inner = sys.modules["acme_anew.other"], sys.modules["acme_anew.inner"]
    status = (package / "inner" / "common.py").stat()
    (package / "inner" / "common.py").write_text("VALUE = 2\n")
    os.utime(package / "inner" / "common.py", ns=(status.st_atime_ns, status.st_mtime_ns))
    new = load_class(item, fresh=True)
    assert (old.answer, new.answer, new.__module__) == (1, 2, "acme_anew.inner.cost")
    assert sys.modules["acme_anew.other"] is other
    assert sys.modules["acme_anew"].inner is not inner
    path.write_text("1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        load_class(item, fresh=True)
    assert sys.modules["acme_anew.inner.cost"].SomethingPlugin is new
    assert sys.modules["acme_anew"].inner is sys.modules["acme_anew.inner"]
    assert sys.modules["acme_anew"].inner.cost.SomethingPlugin is new


def test_a_single_module_and_a_module_of_finopsnb_are_run_anew_alone(tmp_path, monkeypatch):
    path = write(tmp_path / "acme_alone.py", answer="1")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (item,) = in_package("acme_alone")
    load_class(item)
    write(path, answer="2")
    before = {name: module for name, module in sys.modules.items() if name != "acme_alone"}
    assert load_class(item, fresh=True).answer == 2
    assert {name: module for name, module in sys.modules.items() if name != "acme_alone"} == before


def test_eight_threads_get_one_class(folder):
    write(folder / "one.py", before="import time\ntime.sleep(0.05)\n")
    item = one(folder)
    classes = []
    threads = [threading.Thread(target=lambda: classes.append(load_class(item))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(classes) == 8
    assert len(set(classes)) == 1


def test_threads_that_load_anew_all_end_with_a_whole_class(folder):
    (folder / "common.py").write_text("VALUE = 1\n")
    for name in ("one", "two"):
        write(folder / f"{name}.py", f"acme-{name}", answer="VALUE", before="from .common import VALUE\n")
    items = [one(folder, f"acme-{name}") for name in ("one", "two")]
    answers = []

    def work(item):
        answers.extend(load_class(item, fresh=True).answer for _ in range(10))

    threads = [threading.Thread(target=work, args=(items[n % 2],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1] * 60


def test_the_digest_is_that_of_the_file(folder):
    path = write(folder / "one.py")
    item = one(folder)
    assert digest(path) == item.sha256
    write(path, answer="2")
    assert digest(path) != item.sha256
