"""What the dashboards have in common: settings for one drawing, a currency to draw, and a page that says what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from finopsnb.analysis.ranges import require_days
from finopsnb.errors import FinopsError, PluginConfigError, nearest

__all__ = ["COLLECT", "Window", "chosen_currency", "drawn_with", "empty", "last_day", "others_told"]

#: how the first costs come into a session
COLLECT = ("Collect some first:", "%finops load focus-files path=data/sample/focus", "%finops collect focus-files")


class Window(BaseModel):
    """Which days are drawn, for dashboards that can be asked for a range of days."""

    model_config = ConfigDict(extra="forbid")

    start: date | None = Field(None, description="The first day that is drawn; as far back as the other settings say if not given.")
    end: date | None = Field(None, description="The day after the last that is drawn; after the last one with usage if not given.")


def last_day(settings: Any) -> date | None:
    """The last day that counts: ``as_of``, or the one before ``end``; None where neither is given.

    Raises FinopsError for a range that ends before it begins.
    """
    require_days(settings.start, settings.end)
    day: date | None = getattr(settings, "as_of", None)
    return day or (settings.end - timedelta(days=1) if settings.end else None)


def drawn_with(plugin: Any, options: dict[str, Any]) -> Any:
    """The plugin's settings with ``options`` in their place, this time; PluginConfigError with all that is wrong."""
    chosen = {name: value for name, value in options.items() if value is not None}
    try:
        return plugin.Config.model_validate({**plugin.config.model_dump(), **chosen})
    except ValidationError as error:
        raise _wrong(plugin, error, options) from None


def _wrong(plugin: Any, error: ValidationError, options: dict[str, Any]) -> PluginConfigError:
    fields = plugin.Config.model_fields
    problems = {str(found["loc"][0]): found["msg"] for found in error.errors(include_input=False, include_url=False)}
    unknown = next((name for name in options if name not in fields), None)
    near = nearest(unknown, fields) if unknown else None
    return PluginConfigError(
        f"{plugin.name} cannot be drawn with {', '.join(problems)}.",
        why="; ".join(f"{key}: {problem}" for key, problem in problems.items()),
        hint=f"{near}=..." if near else f"The options are {', '.join(fields)}.",
        plugin=plugin.name,
        phase="run",
        problems=problems,
    )


def chosen_currency(sizes: Mapping[str, Decimal | None], wanted: str | None, dashboard: str, what: str = "costs") -> str:
    """The one that is wanted, or the one with the most money (``sizes``); FinopsError where there is none in it."""
    if wanted is None:
        return max(sorted(sizes), key=lambda name: sizes[name] or 0)
    if wanted not in sizes:
        near = nearest(wanted, sizes) or sorted(sizes)[0]
        raise FinopsError(
            f"There are no {what} in {wanted}.",
            why=f"The stored bills are in {', '.join(sorted(sizes))}.",
            hint=f'session.render("{dashboard}", currency="{near}")',
        )
    return wanted


def others_told(others: Mapping[str, Any]) -> str:
    """The currencies that are left out, with their totals; "" when there is none."""
    from finopsnb.charts import money
    from finopsnb.charts.data import shown

    told = ", ".join(money(cost or 0, shown(name)) for name, cost in others.items())
    return f"Not in it, for currencies are never added up: {told} in all." if told else ""


def empty(title: str, *lines: str) -> Any:
    """A page that says what is missing, and the commands that bring it."""
    from finopsnb.charts import finish, nothing

    return finish(nothing(title, *lines))
