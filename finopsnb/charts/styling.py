"""One look for all charts, on light and on dark pages, and how money is written.

The background is the page's. Text is a grey that reads on both: #737a82 has a contrast of 4.3 on white and on JupyterLab's
dark page (#111111), the best that one colour can have on both; headings are larger and bold. Colours are near to
Okabe and Ito's, made for people who confuse red and green, but lighter or darker where a page asks for it: each has a contrast of 3 at
least with both (WCAG 2.1, 1.4.11), and stays apart from all others for those who see fewer colours. A grey is for what is left over;
changes are told by their direction and sign as well. Nothing is registered with Altair: ``finish(chart)`` gives one chart the theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

__all__ = [
    "FALL",
    "INK",
    "OTHER",
    "PALETTE",
    "RISE",
    "axis_format",
    "colours",
    "finish",
    "money",
    "money_format",
    "theme",
]

PALETTE = ("#0072B2", "#D67E40", "#009E73", "#C276B5", "#5296EA", "#D55E00", "#8A5421", "#3BA496", "#484DDA")
OTHER = "#686c72"
INK = "#737a82"
RISE, FALL = "#D55E00", "#0072B2"

_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'
_NO_CENTS = frozenset(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF", "XPF"])
_THREE_PLACES = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])


def colours(series: int) -> list[str]:
    """A colour for each of so many series, and a last grey one for the rest."""
    return [*(PALETTE[number % len(PALETTE)] for number in range(series)), OTHER]


def theme() -> dict[str, Any]:
    """The Vega-Lite config of all charts; a new dict on each call."""
    text = {"labelColor": INK, "titleColor": INK, "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"}
    axis = {
        **text,
        "domainColor": INK,
        "domainOpacity": 0.4,
        "gridColor": INK,
        "gridOpacity": 0.18,
        "tickColor": INK,
        "tickOpacity": 0.4,
        "labelLimit": 180,
    }
    return {
        "background": "transparent",
        "font": _FONT,
        "view": {"stroke": None},
        "axis": axis,
        "axisY": {"domain": False, "ticks": False, "labelPadding": 8},
        "legend": {**text, "orient": "bottom", "labelLimit": 220},
        "header": text,
        "title": {
            "anchor": "start",
            "color": INK,
            "fontSize": 13,
            "fontWeight": 600,
            "subtitleColor": INK,
            "subtitleFontSize": 11,
            "subtitlePadding": 4,
            "offset": 10,
        },
        "text": {"color": INK, "fontSize": 11},
        "rule": {"color": INK},
        "bar": {"color": PALETTE[0]},
        "line": {"color": PALETTE[0], "strokeWidth": 2},
        "range": {"category": list(PALETTE)},
        "concat": {"spacing": 28},
        "tick": {"color": INK},
    }


def finish(chart: Any) -> Any:
    """A copy of a whole chart with the theme; the last step, for only the outermost chart can carry it."""
    return chart.configure(**theme())


def money_format(currency: str, *, sign: bool = False, whole: bool = False) -> str:
    """The d3 format of amounts of a currency.

    >>> money_format("USD"), money_format("JPY"), money_format("EUR", sign=True, whole=True)
    (',.2f', ',.0f', '+,.0f')
    """
    places = 0 if whole or currency in _NO_CENTS else 3 if currency in _THREE_PLACES else 2
    return f"{'+' if sign else ''},.{places}f"


def axis_format(amounts: Sequence[float]) -> str:
    """The d3 format of an axis that shows these amounts: cents for small ones, k and M for large ones.

    >>> axis_format([0.4]), axis_format([40, 900]), axis_format([12_000])
    (',.2f', ',.0f', '~s')
    """
    largest = max((abs(amount) for amount in amounts), default=0.0)
    return ",.2f" if largest < 10 else ",.0f" if largest < 10_000 else "~s"


def money(amount: Decimal | float, currency: str, *, sign: bool = False) -> str:
    """An amount for a sentence, in whole units from 100 on.

    >>> money(1234.5, "USD"), money(12.346, "EUR", sign=True), money(-1234567, "JPY")
    ('1,234 USD', '+12.35 EUR', '-1,234,567 JPY')
    """
    exact = Decimal(str(amount))
    return f"{exact:{money_format(currency, sign=sign, whole=abs(exact) >= 100)}} {currency}"
