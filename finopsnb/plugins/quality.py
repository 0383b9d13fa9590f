"""How good a plugin is known to be: facts that were found, and nothing that a plugin says of itself but who wrote it.

    keeps the contract      every check of finopsnb.plugins.testing that fits its type passed, in this process, on this very code
    breaks the contract     some did not
    first-party             comes with finopsnb, whose tests hold each of its plugins to the same checks
    described               nobody checked it here; it says who wrote it, what it is for and under which licence
    undescribed             nobody checked it here, and it does not say all of that

The outcome of ``check_plugin`` is kept by the code that was checked, the class itself and the digest of its file: a file that was changed
since, or a cell that was run again, is unchecked.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from finopsnb.plugins.records import PluginRecord

__all__ = ["TIERS", "Contract", "keep", "quality_of"]

TIERS = ("keeps the contract", "breaks the contract", "first-party", "described", "undescribed")

#: where the plugins of finopsnb come from, as discovery tells it
_FIRST_PARTY = ("package finopsnb_plugins (", "package finopsnb_plugins.")
_DESCRIBING = ("author", "description", "license")


@dataclass(frozen=True)
class Contract:
    """What the checks found: how many passed, and the names of those that failed."""

    passed: int
    failed: tuple[str, ...] = ()


_by_file: dict[tuple[str, str], Contract] = {}
_by_class: WeakKeyDictionary[type, Contract] = WeakKeyDictionary()


def keep(cls: type, contract: Contract) -> None:
    """Remember what the checks found of a class."""
    from finopsnb.plugins.discovery.found import digest_of

    _by_class[cls] = contract
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if file and Path(file).is_file() and "<locals>" not in cls.__qualname__:
        _by_file[digest_of(Path(file).read_bytes()), cls.__qualname__] = contract


def quality_of(record: PluginRecord) -> tuple[str, str]:
    """The tier of a plugin (one of :data:`TIERS`), and why it has it, in words."""
    contract = _contract_of(record)
    if contract is not None and contract.failed:
        return "breaks the contract", f"check_plugin: {', '.join(contract.failed)} failed, {contract.passed} passed"
    if contract is not None:
        return "keeps the contract", f"check_plugin: {contract.passed} checks passed"
    if record.origin.startswith(_FIRST_PARTY):
        return "first-party", "comes with finopsnb, whose tests check it"
    missing = [name for name in _DESCRIBING if not getattr(record.metadata, name)]
    if missing:
        return "undescribed", f"not checked here; no {', no '.join(missing)}"
    return "described", "not checked here; says author, description and licence"


def _contract_of(record: PluginRecord) -> Contract | None:
    if record.found is not None:
        return _by_file.get((record.sha256, record.found.class_name))
    return _by_class.get(record.cls) if record.cls is not None else None
