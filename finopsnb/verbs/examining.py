"""Is everything in order: what runs here, what is stored, and what mends what is not."""

from __future__ import annotations

import platform
import re
import shutil
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from finopsnb.verbs import readings

if TYPE_CHECKING:
    import pyarrow as pa

    from finopsnb.plugins.registry import PluginRegistry
    from finopsnb.store import Store

__all__ = ["COLUMNS", "examine"]

#: ``state`` is good, look (it may matter) or wrong
COLUMNS = ("check", "state", "told", "hint")
_LEAST_FREE = 1 << 30
_SPEC: dict[str, Any] = {
    "data": {"values": [{"a": 1}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "quantitative"}},
}


class Check(NamedTuple):
    """One answer; ``hint`` is what to do."""

    check: str
    state: str
    told: str
    hint: str = ""


def examine(store: Store | None, registry: PluginRegistry) -> pa.Table:
    """Every check as a row; nothing is fetched and nothing is changed."""
    import pyarrow as pa

    found = [*_packages(), _drawing(), *_plugins(registry), *(_stored(store) if store is not None else [_no_session()])]
    return pa.table({name: pa.array([getattr(one, name) for one in found], pa.string()) for name in COLUMNS})


def _packages() -> Iterator[Check]:
    """Python, the packages that are needed with their versions, and the extras that are not installed."""
    from packaging.requirements import Requirement

    yield Check("python", "good", f"{platform.python_version()} on {platform.system()}")
    try:
        needed = [Requirement(text) for text in metadata.requires("finopsnb") or ()]
    except metadata.PackageNotFoundError:
        yield Check("packages", "look", "finopsnb is imported from a folder and not installed.", "pip install finopsnb")
        return
    wrong = [check for one in needed if "extra" not in str(one.marker) and (check := _package(one)).state != "good"]
    yield from wrong or [Check("packages", "good", f"finopsnb {metadata.version('finopsnb')}, and what it needs")]
    extras: dict[str, list[str]] = {}
    for one in needed:
        if (extra := re.search(r"extra == ['\"](\w+)['\"]", str(one.marker))) and extra[1] != "test" and not _version(one.name):
            extras.setdefault(extra[1], []).append(one.name)
    for extra_name, names in extras.items():
        yield Check(f"extra {extra_name}", "good", f"not installed: {', '.join(names)}", f'pip install "finopsnb[{extra_name}]"')


def _package(needed: Any) -> Check:
    version, repair = _version(needed.name), f'pip install "{needed}"'
    if version is None:
        return Check(needed.name, "wrong", "It is not installed.", repair)
    if not needed.specifier.contains(version, prereleases=True):
        return Check(needed.name, "look", f"{version} is installed; finopsnb is tried with {needed.specifier}.", repair)
    return Check(needed.name, "good", version)


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _drawing() -> Check:
    """Charts are drawn here, without a network."""
    from finopsnb.charts.rendering import VEGA_LITE

    try:
        import vl_convert

        vl_convert.vegalite_to_svg(_SPEC, vl_version=VEGA_LITE, allowed_base_urls=[])
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        return Check("charts", "wrong", f"A chart cannot be drawn: {error}", 'pip install --force-reinstall "vl-convert-python"')
    return Check("charts", "good", "drawn offline")


def _plugins(registry: PluginRegistry) -> Iterator[Check]:
    described = registry.describe()
    for one in described:
        if one["state"] in ("error", "unusable"):
            hint = f'session.reload("{one["name"]}")' if one["state"] == "error" else f"%finops info {one['name']}"
            yield Check(f"plugin {one['name']}", "wrong" if one["state"] == "error" else "look", str(one["reason"] or one["state"]), hint)
    loaded = sum(one["state"] == "ready" for one in described)
    yield Check("plugins", "good", f"{len(described)} found, {loaded} loaded")


def _no_session() -> Check:
    return Check("session", "look", "No session is open.", 'finopsnb.open("finops.duckdb")')


def _stored(store: Store) -> Iterator[Check]:
    path = str(store.path)
    kept = "it is lost when the session closes" if path == ":memory:" else "read only" if store.read_only else "open to write"
    yield Check("session", "good", f"{path}, {kept}")
    if path != ":memory:" and (free := shutil.disk_usage(Path(path).resolve().parent).free) < _LEAST_FREE:
        yield Check("disk", "look", f"{free / (1 << 20):,.0f} MB are free beside {path}.", "make room, or open another file")
    rows = {row["name"]: row["rows"] for row in store.tables().to_pylist()}
    if not rows.get("costs"):
        yield Check("costs", "look", "There are no costs yet.", 'session.load("focus-files", path="exports/*.csv")')
    else:
        yield Check("costs", "good", f"{rows['costs']:,} rows, as of {_last_day(store)}")
    yield from _runs(store)


def _last_day(store: Store) -> str:
    costs = store.table("costs")
    return str(store.execute(costs.aggregate(last=costs.ChargePeriodStart.max().cast("date")))["last"][0].as_py())


def _runs(store: Store) -> Iterator[Check]:
    """Of each plugin the newest run, where it did not succeed."""
    newest = {run["plugin"]: run for run in readings.runs(store).to_pylist()}
    failed = [run for run in newest.values() if run["status"] not in ("succeeded", "running")]
    for run in failed:
        told = f"Its last run, {run['run_id']}, is {run['status']}: {run.get('error') or 'no reason is known'}"
        yield Check(f"run of {run['plugin']}", "look", told, f'session.run("{run["plugin"]}")')
    if not failed:
        yield Check("runs", "good", f"{len(newest)} plugins have run, and the last run of each is in order")
