"""Two plugins for finopsnb, found through the entry points of this package."""

from __future__ import annotations

from finopsnb_example_plugin.advice import ExampleAdvicePlugin
from finopsnb_example_plugin.meter import ExampleMeterPlugin

__all__ = ["ExampleAdvicePlugin", "ExampleMeterPlugin"]
