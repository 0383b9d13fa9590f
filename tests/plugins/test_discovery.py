"""Finding plugins in packages, folders and installed distributions: nothing of them runs, nothing unsafe is read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from finopsnb.errors import DiscoveryError, UnsafePluginPath
from finopsnb.plugins.base import PluginType
from finopsnb.plugins.discovery import Found, in_entry_points, in_folder, in_package

HERE = Path(__file__).parent.parent
REPOSITORY = HERE.parent

PLUGIN = """
from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin

class {cls}(TelemetryPlugin):
    @property
    def metadata(self):
        return PluginMetadata(name="{name}", version="1.0", plugin_type=PluginType.TELEMETRY)

    def collect_telemetry(self):
        return []
"""


def write(path: Path, name: str = "", extra: str = "", cls: str = "SomethingPlugin") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(extra + PLUGIN.format(name=name or path.stem.replace("_", "-"), cls=cls))
    return path


def usable(found: list[Found]) -> list[str]:
    return [item.name for item in found if not item.reason]


def refused(found: list[Found]) -> dict[str, str]:
    return {item.name: item.reason for item in found if item.reason}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "my plugins"
    made.mkdir(mode=0o755)
    return made


# folders


def test_an_ordinary_file_that_imports_its_base_class_is_found(folder):
    path = write(folder / "one.py", "acme-one")
    (item,) = in_folder(folder)
    assert (item.name, item.plugin_type, item.version) == ("acme-one", PluginType.TELEMETRY, "1.0")
    assert (item.class_name, item.path, item.line) == ("SomethingPlugin", path, 4)
    assert item.origin == f"folder {path}"


def test_the_order_is_always_the_same(folder):
    for name in ("zz", "aa", "mm/inner", "bb"):
        write(folder / f"{name}.py")
    assert usable(in_folder(folder)) == usable(in_folder(str(folder))) == ["aa", "bb", "inner", "zz"]


def test_a_single_file_may_be_named(folder):
    write(folder / "one.py")
    write(folder / "two.py")
    assert usable(in_folder(folder / "two.py")) == ["two"]


def test_discovery_runs_nothing(folder):
    mark = folder / "mark"
    runs = f"open({str(mark)!r}, 'w').close()\nraise SystemExit(7)\n"
    write(folder / "one.py", extra=runs)
    write(folder / "sub" / "__init__.py", "in-init", extra=runs)
    write(folder / "__init__.py", "at-top", extra=runs)
    assert usable(in_folder(folder)) == ["at-top", "one", "in-init"]
    assert not mark.exists()
    assert not list(folder.rglob("__pycache__"))


def test_one_bad_file_does_not_hide_the_good_ones(folder):
    for name in ("aa", "bb", "cc"):
        write(folder / f"{name}.py")
    (folder / "bad.py").write_text("def broken(:\n")
    found = in_folder(folder)
    assert usable(found) == ["aa", "bb", "cc"]
    assert f"{folder / 'bad.py'}:1" in refused(found)["bad"]


def test_hidden_files_and_caches_are_left_out_and_depth_is_three(folder):
    for name in (".hidden.py", ".git/x.py", "__pycache__/y.py", "a/b/deep.py", "a/b/c/deeper.py", "notes.txt"):
        write(folder / name, "plugin-" + Path(name).stem.strip("."))
    assert usable(in_folder(folder)) == ["plugin-deep"]


def test_more_than_two_thousand_files_are_not_read(folder):
    for number in range(2_010):
        (folder / f"f{number:04}.py").touch()
    write(folder / "a_plugin.py")
    write(folder / "zz_plugin.py")
    found = in_folder(folder)
    assert usable(found) == ["a-plugin"]
    assert "more than 2,000 Python files" in "".join(refused(found).values())


def test_links_out_of_the_folder_are_listed_and_never_read(folder, tmp_path):
    write(tmp_path / "outside" / "evil.py")
    (folder / "file.py").symlink_to("../outside/evil.py")
    (folder / "sub").symlink_to(tmp_path / "outside")
    (folder / "dangling.py").symlink_to("nowhere.py")
    (folder / "loop.py").symlink_to("loop.py")
    (folder / "data.csv").symlink_to(tmp_path / "outside" / "evil.py")
    found = in_folder(folder)
    assert usable(found) == []
    assert set(refused(found)) == {"file", "sub", "dangling", "loop"}
    assert str(tmp_path / "outside") in refused(found)["file"]
    assert all(item.sha256 == "" for item in found)


def test_links_inside_the_folder_give_no_second_plugin(folder):
    write(folder / "real.py")
    (folder / "again.py").symlink_to("real.py")
    (folder / "round").symlink_to(".")
    assert usable(in_folder(folder)) == ["real"]


def test_a_folder_may_be_named_through_a_link_or_dots(folder, tmp_path):
    write(folder / "one.py")
    (tmp_path / "link").symlink_to(folder)
    assert in_folder(tmp_path / "link") == in_folder(folder / ".." / "my plugins") == in_folder(folder)


def test_a_file_name_with_a_dot_cannot_be_imported(folder):
    write(folder / "one.v2.py", "acme-one")
    assert "dot in its name" in refused(in_folder(folder))["one.v2"]


@pytest.mark.parametrize(("mode", "who"), [(0o777, "anyone"), (0o775, "its group"), (0o757, "anyone")])
@pytest.mark.parametrize("what", [".", "sub", "one.py", "sub/two.py"])
def test_what_others_may_write_to_is_refused_with_the_mending_command(folder, mode, who, what):
    write(folder / "one.py")
    write(folder / "sub" / "two.py")
    for path in (folder, folder / "sub", folder / "one.py", folder / "sub" / "two.py"):
        path.chmod(0o755)
    (folder / what).chmod(mode)
    with pytest.raises(UnsafePluginPath, match=who) as caught:
        in_folder(folder)
    assert usable(in_folder(folder, allow_unsafe=True)) == ["one", "two"]
    command = caught.value.hint.partition("   #")[0]
    assert command.startswith("chmod go-w '")
    subprocess.run(command, shell=True, check=True)
    assert usable(in_folder(folder)) == ["one", "two"]


def test_what_belongs_to_somebody_else_is_refused(folder, monkeypatch):
    write(folder / "one.py")
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    real = Path.stat

    def of_another(self, **options):
        status = list(real(self, **options))
        status[4] = 4712
        return os.stat_result(status)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", of_another)
        with pytest.raises(UnsafePluginPath, match="uid 4712") as caught:
            in_folder(folder)
    assert caught.value.hint.startswith("chown $(id -u) ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_file_that_was_given_away_is_refused(folder):
    os.chown(write(folder / "one.py"), 12_345, 12_345)
    with pytest.raises(UnsafePluginPath, match="uid 12345"):
        in_folder(folder)


@pytest.mark.parametrize("path", ["my plugin", "absent/deeper", "", "with\0nul"])
def test_a_folder_that_is_not_there(folder, path):
    with pytest.raises(DiscoveryError) as caught:
        in_folder(f"{folder.parent}/{path}" if path else f"{folder}/x")
    assert (path == "my plugin") == ("Did you mean my plugins?" in str(caught.value))


def test_a_sub_folder_that_cannot_be_read_is_listed(folder, monkeypatch):
    write(folder / "one.py")
    (folder / "locked").mkdir()
    real = os.scandir

    def scandir(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = in_folder(folder)
    assert usable(found) == ["one"]
    assert refused(found)["locked"] == f"{folder / 'locked'} cannot be read: Permission denied"


def test_on_windows_the_rights_of_files_are_not_looked_at(folder, monkeypatch):
    write(folder / "one.py")
    folder.chmod(0o777)
    monkeypatch.delattr(os, "geteuid")
    assert usable(in_folder(folder)) == ["one"]


def test_a_thousand_files_take_a_few_seconds(folder):
    for number in range(1_000):
        write(folder / f"plugin_{number:04}.py", extra="# a comment\n" * 20)
    begin = time.process_time()
    found = in_folder(folder)
    seconds = time.process_time() - begin
    assert len(usable(found)) == 1_000
    assert seconds < 5, f"{seconds:.2f} s"


def test_the_broken_plugins_are_read_and_not_run():
    found = in_folder(HERE / "broken_plugin", allow_unsafe=True)
    assert set(refused(found)) == {"syntax_error", "MetadataRaisesPlugin", "NotLiteralPlugin", "<b>My Plugin</b>"}
    assert "broken-exit" in usable(found)
    assert "broken-import" in usable(found)
    listed = (HERE / "broken_plugin" / "README.md").read_text()
    assert {f"`{item.path.name}`" for item in found} == {c for c in listed.split() if c.endswith(".py`")}
    assert all(f"`{name}`" in listed for name in usable(found))


# packages


def make_package(place: Path, name: str) -> None:
    mark = f"raise SystemExit('{name} was imported')\n"
    write(place / name / "__init__.py", "at-top", extra=mark)
    write(place / name / "cost.py", "in-module", extra=mark)
    write(place / name / "sub" / "__init__.py", "in-sub", extra=mark)
    write(place / name / "sub" / "deep" / "deeper" / "deepest" / "leaf.py", "in-leaf", extra=mark)
    (place / name / "broken.py").write_text("x =\n")


def test_a_package_with_sub_packages_is_read_and_not_imported(tmp_path, monkeypatch):
    make_package(tmp_path, "acme_found")
    monkeypatch.syspath_prepend(tmp_path)
    found = in_package("acme_found")
    assert usable(found) == ["at-top", "in-module", "in-sub", "in-leaf"]
    assert "syntax error" in refused(found)["broken"]
    assert found[-1].module == "acme_found.sub.deep.deeper.deepest.leaf"
    assert found[-1].origin == "package acme_found (acme_found.sub.deep.deeper.deepest.leaf)"
    assert [m for m in sys.modules if m.startswith("acme_found")] == []


def test_a_sub_package_a_module_and_a_namespace_package(tmp_path, monkeypatch):
    make_package(tmp_path, "acme_parts")
    write(tmp_path / "acme_single.py", "single-file", extra="raise SystemExit\n")
    write(tmp_path / "acme_space" / "inner" / "one.py", "in-space", extra="raise SystemExit\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert usable(in_package("acme_parts.sub")) == ["in-sub", "in-leaf"]
    assert usable(in_package("acme_parts.cost")) == ["in-module"]
    assert usable(in_package("acme_single")) == ["single-file"]
    assert usable(in_package("acme_space")) == usable(in_package("acme_space.inner")) == ["in-space"]
    assert [m for m in sys.modules if m.startswith("acme_")] == []


def test_a_package_that_was_written_a_moment_ago_is_found(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(DiscoveryError, match="pip install acme-moment"):
        in_package("acme_moment.sub")
    write(tmp_path / "acme_moment" / "sub.py", "just-now")
    assert usable(in_package("acme_moment")) == ["just-now"]


@pytest.mark.parametrize("name", ["no_such_package_here", "json.no_such", "not a name", "", "..", "a..b", ".relative"])
def test_a_package_that_is_not_there(name):
    with pytest.raises(DiscoveryError, match="There is no package"):
        in_package(name)


def test_a_package_that_is_no_source():
    with pytest.raises(DiscoveryError, match="is not made of"):
        in_package("sys")


# entry points


def lay_out(target: Path, name: str, points: str, metadata: str = "", version: str = "1.2") -> None:
    """What pip leaves behind of a distribution, for the import system."""
    info = target / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{metadata}\n")
    (info / "entry_points.txt").write_text(points)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "site"
    made.mkdir()
    monkeypatch.syspath_prepend(made)
    return made


def from_site(site: Path) -> list[Found]:
    return [item for item in in_entry_points() if "acme" in item.origin or str(site) in item.origin]


def test_what_a_distribution_announces(site):
    lay_out(
        site,
        "acme-finops",
        "[finopsnb.telemetry]\nacme-cost = acme_ep.cost:SomethingPlugin\n[console_scripts]\nacme = acme_ep:main\n",
        "Author-email: Acme <a@example.com>\nLicense-Expression: MIT\nSummary: All of it\n"
        "Project-URL: Documentation, https://example.com/docs\nProject-URL: Homepage, https://example.com",
    )
    path = write(site / "acme_ep" / "cost.py", "acme-cost", extra="raise SystemExit\n")
    (item,) = from_site(site)
    assert (item.name, item.plugin_type, item.version) == ("acme-cost", PluginType.TELEMETRY, "1.2")
    assert (item.author, item.license, item.homepage) == ("Acme <a@example.com>", "MIT", "https://example.com")
    assert item.description == "All of it"
    assert item.origin == "entry point acme-cost of acme-finops 1.2"
    assert (item.module, item.class_name, item.path) == ("acme_ep.cost", "SomethingPlugin", path)
    assert "acme_ep" not in sys.modules


def test_a_class_that_is_handed_on_is_read_where_it_is_written(site):
    lay_out(site, "acme-on", "[finopsnb.plugins]\nacme-deep = acme_on:Deep\n")
    (site / "acme_on" / "inner").mkdir(parents=True)
    (site / "acme_on" / "__init__.py").write_text("from .inner import SomethingPlugin as Deep\n")
    (site / "acme_on" / "inner" / "__init__.py").write_text("from ..cost import SomethingPlugin\n")
    path = write(site / "acme_on" / "cost.py", "acme-deep")
    (item,) = from_site(site)
    assert (item.plugin_type, item.path, item.reason) == (PluginType.TELEMETRY, path, "")
    assert (item.module, item.class_name) == ("acme_on", "Deep")


def test_metadata_that_is_not_literal_is_what_the_entry_point_says(site):
    lay_out(
        site,
        "acme-dyn",
        "[finopsnb.policy]\nacme-rules = acme_dyn:Rules\n[finopsnb.plugins]\nacme-any = acme_dyn:Any\n",
    )
    (site / "acme_dyn.py").write_text(
        "class Rules(PolicyPlugin):\n    metadata = make()\nclass Any(Strange):\n    metadata = PluginMetadata(name=NAME)\n"
    )
    any_, rules = from_site(site)
    assert (rules.name, rules.plugin_type, rules.version, rules.reason) == ("acme-rules", PluginType.POLICY, "1.2", "")
    assert "plugin_type is not given" in any_.reason


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ("[finopsnb.telemetry]\nother-name = acme_bad:SomethingPlugin", "make them agree"),
        ("[finopsnb.policy]\nacme-bad = acme_bad:SomethingPlugin", "of type policy, and it is of type telemetry"),
        ("[finopsnb.telemetry]\nacme-bad = acme_gone:SomethingPlugin", "there is no module acme_gone"),
        ("[finopsnb.telemetry]\nacme-bad = acme_syntax:SomethingPlugin", "syntax error"),
        ("[finopsnb.telemetry]\nacme-bad = acme_bad", "module:ClassName"),
        ("[finopsnb.telemetry]\nacme-bad = acme bad!:x y", "module:ClassName"),
        ("[finopsnb.telemetri]\nacme-bad = acme_bad:SomethingPlugin", "finopsnb.telemetri is not known"),
        ("[finopsnb.telemetry]\nBad Name = acme_bad:Dynamic", "^[a-z]"),
        ("[finopsnb.telemetry]\nacme-bad = acme_twice:Dynamic", "not a PEP 440"),
    ],
)
def test_an_entry_point_that_cannot_be_used_says_why(site, point, said):
    version = "one" if "acme_twice" in point else "1.2"
    lay_out(site, "acme-bad", point, version=version)
    write(site / "acme_bad.py")
    (site / "acme_syntax.py").write_text("class (\n")
    (site / "acme_twice.py").write_text("")
    (item,) = from_site(site)
    assert said in item.reason


def test_a_broken_distribution_stops_nothing(site):
    lay_out(site, "acme-good", "[finopsnb.telemetry]\nacme-good = acme_good:SomethingPlugin\n")
    write(site / "acme_good.py")
    lay_out(site, "acme-torn", "[finopsnb.telemetry\nacme-torn: = = x\nno section finopsnb.\n")
    (site / "acme_bytes-1.dist-info").mkdir()
    (site / "acme_bytes-1.dist-info" / "entry_points.txt").write_bytes(b"finopsnb.\xff\xfe\n")
    found = from_site(site)
    assert usable(found) == ["acme-good"]


def test_a_finder_that_raises_is_a_reason(site, monkeypatch):
    class Finder:
        def find_spec(self, name, path=None, target=None):
            if name == "acme_raises":
                raise ZeroDivisionError("finder")

    lay_out(site, "acme-raises", "[finopsnb.telemetry]\nacme-raises = acme_raises:X\n")
    monkeypatch.setattr(sys, "meta_path", [Finder(), object(), *sys.meta_path])
    (item,) = from_site(site)
    assert "ZeroDivisionError: finder" in item.reason


def test_of_two_installations_the_first_counts(site, tmp_path, monkeypatch):
    lay_out(site, "acme-twice", "[finopsnb.telemetry]\nacme-twice = acme_two:SomethingPlugin\n", version="1")
    write(site / "acme_two.py", "acme-twice")
    lay_out(tmp_path / "first", "Acme_Twice", "[finopsnb.telemetry]\nacme-twice = acme_two:SomethingPlugin\n", version="2")
    monkeypatch.syspath_prepend(tmp_path / "first")
    assert [item.version for item in in_entry_points() if item.name == "acme-twice"] == ["2"]


# the installable example

LOOK = """
import json, sys
from finopsnb.plugins.discovery import in_entry_points
found = [item for item in in_entry_points() if item.name.startswith("example-")]
imported = [name for name in sys.modules if name.startswith("finopsnb_example_plugin")]
from finopsnb.plugins.loading import load_class
loaded = {item.name: load_class(item).__module__ for item in found}
print(json.dumps({
    "found": [[i.name, i.plugin_type.value, i.version, i.author, i.license, i.homepage, i.description, i.reason]
              for i in found],
    "imported": imported, "loaded": loaded,
}))
"""


def install_with_pip(target: Path, source: Path) -> None:
    from importlib.metadata import version

    if int(version("setuptools").partition(".")[0]) < 71:
        pytest.skip("setuptools before 71 cannot build a wheel on its own; pip install 'setuptools>=77'")
    command = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target"]
    subprocess.run([sys.executable, *command, str(target), str(source)], check=True, capture_output=True, text=True)


def install_by_hand(target: Path, source: Path) -> None:
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]
    groups = project["entry-points"].items()
    points = "\n".join(f"[{group}]\n" + "\n".join(f"{k} = {v}" for k, v in values.items()) for group, values in groups)
    metadata = (
        f"Author: {project['authors'][0]['name']}\nLicense: {project['license']['text']}\n"
        f"Project-URL: Homepage, {project['urls']['Homepage']}"
    )
    lay_out(target, project["name"], points, metadata, project["version"])
    shutil.copytree(source / "src" / "finopsnb_example_plugin", target / "finopsnb_example_plugin")


@pytest.mark.parametrize("install", [install_with_pip, install_by_hand])
def test_the_example_package_is_found_once_it_is_installed(tmp_path, install):
    source, target = tmp_path / "source", tmp_path / "target"
    shutil.copytree(HERE / "example_plugin", source, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
    install(target, source)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(target), str(REPOSITORY)])}
    done = subprocess.run([sys.executable, "-c", LOOK], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
    assert seen["imported"] == []
    about = ["1.2.0", "Example Author", "MIT", "https://example.com/finopsnb-example-plugin"]
    assert [item[:6] for item in seen["found"]] == [
        ["example-advice", "recommendation", *about],
        ["example-meter", "telemetry", *about],
    ]
    assert [item[6:] for item in seen["found"]] == [
        ["Points at the services that cost more than a threshold.", ""],
        ["A service that costs the same every day.", ""],
    ]
    assert seen["loaded"] == {
        "example-advice": "finopsnb_example_plugin.advice",
        "example-meter": "finopsnb_example_plugin.meter",
    }


def test_importing_discovery_is_light():
    code = (
        "import sys, finopsnb.plugins.discovery, finopsnb.plugins.loading;"
        "print([m for m in ('pydantic', 'packaging', 'importlib.metadata', 'pandas', 'pyarrow', 'ibis', 'duckdb')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
