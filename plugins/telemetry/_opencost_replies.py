"""The replies of OpenCost (and Kubecost) as rows: the nested parts of each allocation beside its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from finopsnb.errors import SourceError
from finopsnb.plugins.api import Row

__all__ = ["ALLOCATION", "CLOUD_COST", "rows_of"]

ALLOCATION, CLOUD_COST = "allocation", "cloud cost"

#: the property of an allocation, and its tag; keys that a provider sets have a prefix, keys of users (the labels) have none
_TAGS = {
    "cluster": "k8s:cluster-name",
    "namespace": "k8s:namespace",
    "controllerKind": "k8s:workload-type",
    "controller": "k8s:workload-name",
    "pod": "k8s:pod",
    "container": "k8s:container",
    "node": "k8s:node",
}
_COSTS = ("listCost", "netCost", "amortizedNetCost", "invoicedCost", "amortizedCost")


def rows_of(reply: Any, name: str) -> dict[str, list[Row]]:
    """The rows of a reply by their kind; raises SourceError where it is no reply of the two APIs."""
    if not isinstance(reply, dict) or not isinstance(reply.get("data"), list | dict):
        said = reply.get("message") or reply.get("error") if isinstance(reply, dict) else ""
        raise SourceError(f"{name} is no reply of OpenCost; nothing of it was stored.", why=str(said or "It has no data.")[:200])
    data = reply["data"]
    if isinstance(data, list):
        return {ALLOCATION: [_allocation(key, one) for some in data for key, one in (some or {}).items()]}
    sets = data.get("sets") or []
    return {CLOUD_COST: [_cloud_cost(key, one) for some in sets for key, one in (some.get("cloudCosts") or {}).items()]}


def _allocation(key: str, one: Mapping[str, Any]) -> Row:
    properties = one.get("properties") or {}
    tags = {tag: properties[name] for name, tag in _TAGS.items() if properties.get(name)}
    tags |= {f"k8s:namespace-label:{label}": value for label, value in (properties.get("namespaceLabels") or {}).items()}
    row = _numbers(one) | {name: properties.get(name) for name in (*_TAGS, "providerID")} | {"name": one.get("name") or key}
    return row | _period(one) | {"tags": tags | (properties.get("labels") or {})} | _doubt(one, "totalCost", one.get("totalCost"))


def _cloud_cost(key: str, one: Mapping[str, Any]) -> Row:
    properties = one.get("properties") or {}
    costs = {name: (one.get(name) or {}).get("cost") for name in _COSTS}
    share = {"kubernetesPercent": (one.get("netCost") or {}).get("kubernetesPercent")}
    named = {name: value for name, value in properties.items() if name != "labels"}
    row = named | {"name": key, "tags": properties.get("labels")} | _period(one) | costs | share
    return row | _doubt(one, "netCost", costs["netCost"])


def _numbers(one: Mapping[str, Any]) -> Row:
    return {name: value for name, value in one.items() if not isinstance(value, dict | list)}


def _period(one: Mapping[str, Any]) -> Row:
    """The window of the set that it is of; when the workload itself ran is shorter, and kept beside it."""
    window = one.get("window") or {}
    return {
        "start": window.get("start") or one.get("start"),
        "end": window.get("end") or one.get("end"),
        "ranFrom": one.get("start"),
        "ranUntil": one.get("end"),
    }


def _doubt(one: Mapping[str, Any], name: str, cost: Any) -> Row:
    return dict(_reasons(one, name, cost))


def _reasons(one: Mapping[str, Any], name: str, cost: Any) -> Iterator[tuple[str, Any]]:
    """Why a row cannot be stored: OpenCost says null where it could not compute a cost."""
    missing = name if cost is None else "window" if not _period(one)["start"] or not _period(one)["end"] else ""
    if missing:
        yield "_reason", f"{missing}: the reply says none"
        yield "_raw", dict(one)
