"""Telemetry plugins collect cost and usage; their rows become the table ``costs``."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from finopsnb.errors import FinopsError
from finopsnb.plugins.base import PluginBase, PluginType

__all__ = ["KEYS", "MEASURES", "TelemetryPlugin"]

#: what a total of a source is for, totals of different currencies being never added, and of what
KEYS = ("BillingAccountId", "BillingPeriodStart", "BillingCurrency")
MEASURES = ("BilledCost", "EffectiveCost")


class TelemetryPlugin(PluginBase):
    """Collects cost and usage rows in FOCUS columns (``BilledCost``, ``BillingCurrency``, ``ChargePeriodStart``, ...).

    Columns that FOCUS does not know are kept as ``x_<name>``. A collection replaces what the same plugin and
    ``source`` stored before, of the same billing periods or of the same parts (``replaces``), so collecting twice changes
    nothing.
    """

    plugin_type = PluginType.TELEMETRY
    one_of = (("collect_telemetry",),)

    #: columns that identify a row; a row whose key was seen before is counted as a duplicate
    row_key: ClassVar[tuple[str, ...]] = ()

    @property
    def source(self) -> str:
        """What is collected from: a path, an account, an address.

        Two sources of one plugin do not replace each other, but for a part that is an absolute path or an address: a file
        that both have is of the source that collected it last.
        """
        return self.metadata.name

    @property
    def replaces(self) -> Literal["periods", "parts"]:
        """What a collection takes the place of: whole billing periods of the source, or only the parts that it names."""
        return "periods"

    def collect_telemetry(self) -> Any:
        """The rows: a list of dicts, dataclasses or models, any table, or a generator of tables (preferred, bounded memory).

        A generator may yield ``(part, table)`` to name the file or page that a table comes from.
        """
        raise NotImplementedError

    def control_totals(self) -> Any:
        """What the source adds up to, read from its raw amounts apart from the collection: ``session.reconcile`` holds the
        stored costs against it.

        An Arrow table by BillingAccountId, BillingPeriodStart (UTC timestamp), BillingCurrency and ``measure`` (BilledCost,
        EffectiveCost): ``total`` (decimal(38,18), each amount rounded half to even), ``residue`` (decimal(38,28), what the
        rounding took away), ``rows`` and ``unreadable``. ``finopsnb.plugins.exports.totals.summed`` makes one from texts.
        """
        raise FinopsError(
            f"{self.name} cannot be reconciled.",
            why="It does not say what its source adds up to (control_totals).",
            hint="return finopsnb.plugins.exports.totals.summed(tables) from control_totals()",
        )

    def changes(self, since: datetime) -> list[str]:  # noqa: ARG002
        """What is known to have changed in the source after ``since``, by name; told when totals differ."""
        return []
