"""What plugins that collect native cost exports are made of.

    class MyCloud(CostExport):
        metadata = PluginMetadata(...)

        def convert(self, raw, variant):
            cost = raw.number("cost", "Cost")
            return Conversion({"BilledCost": cost, "EffectiveCost": cost, "BillingCurrency": raw.text("currency"), ...})

        def control(self, raw, variant):
            return Conversion({"BilledCost": raw.text("cost", "Cost"), ...})

The base finds the files, reads what changed, runs the conversion in the engine, and adds up the raw columns for
``session.reconcile``. A conversion describes what becomes of every row with Ibis expressions; no Python runs per row.
"""

from __future__ import annotations

from finopsnb.plugins.exports.conversion import Conversion, Converter, Further, Noticed, Skipped
from finopsnb.plugins.exports.export import CostExport, ExportConfig
from finopsnb.plugins.exports.files import FileConfig, FileTelemetry
from finopsnb.plugins.exports.raw import Raw

__all__ = ["Conversion", "Converter", "CostExport", "ExportConfig", "FileConfig", "FileTelemetry", "Further", "Noticed", "Raw", "Skipped"]
