"""Panels: plugins, their settings, runs, data and hooks by clicking, in ipywidgets.

    parts        labelled controls, tables, pages, the line of status
    live         events of the hook bus become drawings, in bursts
    rows         what is told of plugins and jobs, as HTML
    plugins_tab  ...                       the tabs
    panel        the tabs as one widget, the static copy, the code of what was clicked

A panel holds no logic: it calls the session, as a cell would, and shows what ``registry.describe()`` and the store say.
"""

from __future__ import annotations

from finopsnb.notebook.panels.panel import Panel, panel_of

__all__ = ["Panel", "panel_of"]
