"""What leaves the notebook: offline, described, and safe."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import altair as alt
import pytest

from finopsnb.charts import finish, summary, to_html, to_mimebundle

ATTACKS = ["</script><script>alert(1)</script>", "<!--<script>", "<img src=x onerror=alert(1)>", "]]>", "\u2028", "&lt;b&gt;"]


def chart(text="EC2", title="Costs rose"):
    values = [{"name": text, "cost": 1}]
    drawn = alt.Chart(alt.InlineData(values=values)).mark_bar().encode(x="cost:Q", y="name:N")
    return finish(drawn.properties(title=title, description=f"About {text}", width=200))


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.scripts, self._in = [], [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        self._in = dict(attrs).get("type", "javascript") if tag == "script" else None
        if self._in:
            self.scripts.append([self._in, ""])

    def handle_endtag(self, tag):
        self._in = None

    def handle_data(self, data):
        if self._in:
            self.scripts[-1][1] += data


def test_a_notebook_gets_vega_lite_5_a_picture_and_words():
    bundle = to_mimebundle(chart())
    assert list(bundle) == ["application/vnd.vegalite.v5+json", "image/png", "text/plain"]
    assert "/v5" in bundle["application/vnd.vegalite.v5+json"]["$schema"]
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["text/plain"] == "Costs rose\nAbout EC2"


def test_words_are_there_for_a_chart_without_any():
    assert summary(alt.Chart().mark_bar()) == "A chart without a title."
    parts = alt.TitleParams(text=["Two", "lines"], subtitle="Below")
    assert summary(alt.Chart().mark_bar().properties(title=parts)) == "Two lines\nBelow"


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_text_breaks_out_of_the_page(attack):
    page, harmless = Page(to_html([chart(attack, attack)], title=attack, text=attack)), Page(to_html([chart()], text="a"))
    assert page.tags == harmless.tags
    assert [name for _, name, _ in page.attributes] == [name for _, name, _ in harmless.attributes]
    (spec,) = [json.loads(text) for kind, text in page.scripts if kind == "application/json"]
    assert spec["title"] == attack


def test_the_page_may_run_only_its_own_scripts_and_fetch_nothing():
    page = Page(to_html([chart(), chart("S3")]))
    policy = next(value for tag, name, value in page.attributes if tag == "meta" and value and "default-src" in value)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    scripts = [text for kind, text in page.scripts if kind == "javascript"]
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts]
    assert re.findall(r"'sha256-([^']+)'", policy) == digests
    assert not {"href", "onload", "onerror", "style"} & {name for _, name, _ in page.attributes}
    assert all(value.startswith("data:image/png;base64,") for _, name, value in page.attributes if name == "src")
    assert page.tags.count("figure") == 2


def test_an_empty_report_is_still_a_page():
    assert "<h1>FinOps report</h1>" in to_html([])
