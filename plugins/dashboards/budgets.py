"""What is left of the budgets: spend against amount and thresholds, and the forecast with the band that it lies in."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from finopsnb.plugins import DashboardPlugin, PluginMetadata, PluginType

from ._settings import COLLECT, Window, drawn_with, empty

__all__ = ["BudgetsPlugin"]


class BudgetsPlugin(DashboardPlugin):
    """Draws ``budgets`` with what is spent of them; the options of ``render`` are the settings below, for one drawing.

    The forecast is that of ``session.budget_status``. The band is the 80 % prediction interval of that forecast (weekday means; Hyndman
    and Athanasopoulos, "Forecasting: Principles and Practice", section 5.5; the formula is in
    :mod:`finopsnb.analysis.burn_down`). It is drawn from two weeks of complete days on, and not where most days have no spend.
    Looking tells nobody: ``budget_threshold_exceeded`` is fired by ``session.budget_status`` only.
    """

    class Config(Window):
        """What to draw, and how much of it: the budgets whose period meets the days from ``start`` to ``end``, as they were then."""

        budget: str | None = Field(None, description="The name of one budget; those at risk come first if not given.")
        as_of: date | None = Field(None, description="The last day that counts; that before end, or the last one with usage, if not given.")
        cost: Literal["EffectiveCost", "BilledCost", "ContractedCost", "ListCost"] = Field(
            "EffectiveCost", description="The cost that counts for a budget with a scope; an owner's is what was allocated."
        )
        most: int = Field(6, ge=1, le=20, description="How many budgets are drawn.")

    metadata = PluginMetadata(
        name="budgets",
        version="1.0.0",
        author="The finopsnb authors",
        description="Burn-down of each budget against its amount and thresholds, with the forecast to the end of its period.",
        plugin_type=PluginType.DASHBOARD,
        tags=("budgets", "forecast", "burn-down"),
        license="Apache-2.0",
    )

    def render(self, **options: Any) -> Any:
        """One Altair composition; ``options`` (budget, as_of, cost, most, start, end) replace settings this time.

        Raises PluginConfigError for an unknown or wrong option, FinopsError for a budget, or days of budgets, that there are not.
        """
        from ._budgets_chart import compose
        from ._budgets_data import look

        settings = drawn_with(self, options)
        found = look(self.context.table, self.context.execute, settings)
        return compose(found, settings.most) if found else self._nothing()

    def _nothing(self) -> Any:
        """What is missing: budgets, or costs to hold against them."""
        if not self.context.execute(self.context.table("costs").limit(1)).num_rows:
            return empty("There are no costs to hold against a budget yet", *COLLECT)
        return empty(
            "There are no budgets yet",
            "Write them into a TOML file (docs/BUDGETS_AND_POLICIES.md), and take it in:",
            "[[budgets]]",
            'budget = "web, October"',
            """scope = "Tags['team'] = 'web'" """.strip(),
            "period_start = 2026-10-01",
            "period_end = 2026-11-01",
            'amount = "9000"',
            "%finops budgets budgets.toml",
        )
