"""The plugin framework: everything that a plugin needs to import, and the registry that runs it.

from finopsnb.plugins import TelemetryPlugin, PluginMetadata, PluginType, registry
"""

from __future__ import annotations

from finopsnb.plugins.attribution import AttributionPlugin
from finopsnb.plugins.base import PluginBase, PluginMetadata, PluginState, PluginType
from finopsnb.plugins.context import PluginContext
from finopsnb.plugins.dashboard import DashboardPlugin
from finopsnb.plugins.decorators import (
    cache_result,
    hook,
    measure_time,
    plugin,
    rate_limit,
    requires_config,
    retry,
)
from finopsnb.plugins.hooks import HookBus, HookResult
from finopsnb.plugins.integration import IntegrationPlugin
from finopsnb.plugins.manager import PluginManager
from finopsnb.plugins.notification import NotificationPlugin
from finopsnb.plugins.policy import PolicyPlugin, PolicyViolation
from finopsnb.plugins.recommendation import Recommendation, RecommendationPlugin
from finopsnb.plugins.registry import PluginRegistry, registry
from finopsnb.plugins.telemetry import TelemetryPlugin

__all__ = [
    "AttributionPlugin",
    "DashboardPlugin",
    "HookBus",
    "HookResult",
    "IntegrationPlugin",
    "NotificationPlugin",
    "PluginBase",
    "PluginContext",
    "PluginManager",
    "PluginMetadata",
    "PluginRegistry",
    "PluginState",
    "PluginType",
    "PolicyPlugin",
    "PolicyViolation",
    "Recommendation",
    "RecommendationPlugin",
    "TelemetryPlugin",
    "cache_result",
    "hook",
    "measure_time",
    "plugin",
    "rate_limit",
    "registry",
    "requires_config",
    "retry",
]
