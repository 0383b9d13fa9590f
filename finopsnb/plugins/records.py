"""What the registry knows of one plugin."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finopsnb.plugins.base import PluginBase, PluginMetadata, PluginState, PluginType
from finopsnb.plugins.discovery import Found
from finopsnb.plugins.failures import PluginFailure
from finopsnb.plugins.quality import quality_of

__all__ = ["PluginRecord"]


@dataclass
class PluginRecord:
    """A registered plugin: its metadata and origin, and, once loaded, the class, the instance, and how it went."""

    metadata: PluginMetadata
    origin: str
    found: Found | None = None
    cls: type[PluginBase] | None = None
    instance: PluginBase | None = None
    config: Mapping[str, Any] | None = None
    failure: PluginFailure | None = None
    order: int | None = None
    sha256: str = ""
    seconds_import: float | None = None
    seconds_initialize: float | None = None
    lock: Any = field(default_factory=threading.RLock, repr=False)

    @property
    def name(self) -> str:
        return self.metadata.name

    @property
    def plugin_type(self) -> PluginType | None:
        return self.metadata.plugin_type

    @property
    def path(self) -> Path | None:
        return self.found.path if self.found is not None else None

    @property
    def is_loaded(self) -> bool:
        return self.instance is not None

    @property
    def state(self) -> str:
        """ready, error, ... as a word; a plugin that was never loaded is "not loaded"."""
        if self.instance is not None:
            return self.instance.state.value
        return PluginState.ERROR.value if self.failure is not None else "not loaded"

    def describe(self) -> dict[str, Any]:
        """Everything about the plugin as plain data, secrets masked."""
        from finopsnb.plugins.config import show_config

        meta, (tier, tier_reason) = self.metadata, quality_of(self)
        return {
            "name": meta.name,
            "type": meta.plugin_type.value if meta.plugin_type else "",
            "version": meta.version,
            "state": self.state,
            "author": meta.author,
            "description": meta.description,
            "tags": list(meta.tags),
            "license": meta.license,
            "homepage": meta.homepage,
            "origin": self.origin,
            "tier": tier,
            "tier_reason": tier_reason,
            "error": self.failure.as_dict() if self.failure else None,
            "reason": str(self.failure) if self.failure else "",
            "sha256": self.sha256,
            "seconds_import": self.seconds_import,
            "seconds_initialize": self.seconds_initialize,
            "loaded_order": self.order,
            "config": show_config(self.instance.config) if self.instance is not None else {},
            "requires": list(meta.requires),
            "dependencies": list(meta.dependencies),
        }
