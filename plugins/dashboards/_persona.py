"""What the dashboards of the personas have in common: their settings, and how they are drawn."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from finopsnb.plugins import DashboardPlugin

from ._settings import COLLECT, Window, drawn_with, empty

__all__ = ["PersonaDashboard", "PersonaSettings"]


class PersonaSettings(Window):
    """Which findings are drawn, and how they are looked for: on costs before ``end``, in the days from ``start`` on.

    What is decided, open or planned is as it is today, whatever the days.
    """

    currency: str | None = Field(None, description="The billing currency; the one with the largest costs if not given.")
    days: int = Field(28, ge=1, le=366, description="How many complete days are compared with as many before, at most; start tells it too.")
    tag: str = Field("", description="The tag that says which product a charge is for; the usual keys are looked for unless given.")
    owner_tag: str = Field("", description="The tag that says who owns a charge; the usual keys are looked for unless given.")
    top: int = Field(12, ge=1, le=30, description="How many findings are told, those with the most money first.")


class PersonaDashboard(DashboardPlugin):
    """Draws what ``session.insights`` says to a persona, in one currency; a click on a kind of finding keeps those of that kind."""

    #: whose findings these are
    persona: str

    Config = PersonaSettings

    def render(self, **options: Any) -> Any:
        """One Altair composition; ``options`` (currency, days, tag, owner_tag, top, start, end) replace settings this time.

        Raises PluginConfigError for an unknown or wrong option, FinopsError for a currency without findings, or days without costs.
        """
        from finopsnb.analysis.insights import NOTHING

        from ._persona_chart import compose
        from ._persona_data import look

        settings = drawn_with(self, options)
        found = look(self.context.table, self.context.execute, self.persona, self.name, settings)
        return empty(NOTHING, *COLLECT) if found is None else compose(found)
