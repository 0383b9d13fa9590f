"""Telemetry plugins collect cost and usage; their rows become the table ``costs``."""

from __future__ import annotations

from typing import Any, ClassVar

from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["TelemetryPlugin"]


class TelemetryPlugin(PluginBase):
    """Collects cost and usage rows in FOCUS columns (``BilledCost``, ``BillingCurrency``, ``ChargePeriodStart``, ...).

    Columns that FOCUS does not know are kept as ``x_<name>``. A collection replaces what the same plugin and
    ``source`` stored before for the same billing periods, so collecting twice changes nothing.
    """

    plugin_type = PluginType.TELEMETRY
    one_of = (("collect_telemetry",),)

    #: columns that identify a row; a row whose key was seen before is counted as a duplicate
    row_key: ClassVar[tuple[str, ...]] = ()

    @property
    def source(self) -> str:
        """What is collected from: a path, an account, an address. Two sources of one plugin do not replace each other."""
        return self.metadata.name

    def collect_telemetry(self) -> Any:
        """The rows: a list of dicts, dataclasses or models, any table, or a generator of tables (preferred, bounded memory).

        A generator may yield ``(part, table)`` to name the file or page that a table comes from.
        """
        raise NotImplementedError
