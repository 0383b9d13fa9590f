"""The look: readable on light and dark pages, and for those who see fewer colours."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations

import pytest

from finopsnb import charts
from finopsnb.charts.styling import INK, OTHER, PALETTE

#: what a person with this deficiency sees, on linear RGB (Machado, Oliveira and Fernandes 2009, severity 1.0)
SEEN = {
    "all colours": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


def linear(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour):
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))


def contrast(one, other):
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def lab(rgb):
    xyz = [
        sum(w * max(0.0, min(1.0, part)) for w, part in zip(row, rgb, strict=True))
        for row in ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    ]
    x, y, z = (
        value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116
        for value in (part / white for part, white in zip(xyz, (0.9505, 1, 1.089), strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen(colour, eyes):
    rgb = linear(colour)
    return lab([sum(w * part for w, part in zip(row, rgb, strict=True)) for row in SEEN[eyes]])


@pytest.mark.parametrize("eyes", SEEN)
def test_colours_that_stand_together_can_be_told_apart(eyes):
    for one, other in combinations([*PALETTE, OTHER], 2):
        apart = sum((a - b) ** 2 for a, b in zip(seen(one, eyes), seen(other, eyes), strict=True)) ** 0.5
        assert apart > 12, (one, other)


@pytest.mark.parametrize("page", ["#ffffff", "#111111"])
def test_text_and_bars_stand_out_on_light_and_dark_pages(page):
    assert contrast(INK, page) > 4.3
    assert all(contrast(colour, page) >= 3 for colour in (*PALETTE, OTHER))


def test_the_page_keeps_its_own_background():
    assert charts.theme()["background"] == "transparent"


def test_importing_the_charts_neither_imports_altair_nor_changes_its_theme():
    code = (
        "import sys, finopsnb.charts as c; from finopsnb.charts import bars, trends, styling, rendering; "
        "assert 'altair' not in sys.modules; import altair; before = altair.theme.active; "
        "c.finish(altair.Chart().mark_bar()); print(before == altair.theme.active)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "True\n"


def test_the_rest_is_grey():
    assert charts.colours(3) == [*PALETTE[:3], OTHER]


@pytest.mark.parametrize(("amounts", "told"), [([], ",.2f"), ([9.9], ",.2f"), ([-5000], ",.0f"), ([1e6], "~s")])
def test_axes_show_as_much_as_fits(amounts, told):
    assert charts.axis_format(amounts) == told


def test_what_is_exported_is_there():
    assert {name: getattr(charts, name) for name in charts.__all__}
    assert dir(charts) == sorted(charts.__all__)
    with pytest.raises(AttributeError):
        getattr(charts, "pie")  # noqa: B009
