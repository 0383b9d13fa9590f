"""Dashboard plugins draw; what they return is shown inline and never stored."""

from __future__ import annotations

from typing import Any

from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["DashboardPlugin"]


class DashboardPlugin(PluginBase):
    """Draws the stored data as an Altair chart."""

    plugin_type = PluginType.DASHBOARD
    one_of = (("render",),)

    def render(self, **options: Any) -> Any:
        """An ``alt.Chart`` (or composition); aggregate through ``self.context`` first, charts take a few thousand rows."""
        raise NotImplementedError
