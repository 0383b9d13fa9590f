"""Cards in HTML: strangers' text is shown and never obeyed."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from finopsnb.commands.cards import Details, Overview
from finopsnb.notebook.display import details_html, escape, overview_html, tag

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<body onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<b id=x>",
    "<form action=//evil><input name=q>",
    "<style>*{background:url(//evil)}</style>",
    "<link rel=stylesheet href=//evil>",
    "<meta http-equiv=refresh content=0;url=//evil>",
    "<object data=//evil>",
    "<embed src=//evil>",
    "<base href=//evil>",
    "<math><mtext></table><mglyph><style><img src=x onerror=alert(1)>",
    "<video><source onerror=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<marquee onstart=alert(1)>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    "</td></tr></table><script>alert(1)</script>",
    "</code><script>alert(1)</script>",
    "<!--<script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><x/>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "\\x3cscript\\x3ealert(1)",
    "<scr\x00ipt>alert(1)</scr\x00ipt>",
    "<\u0000script>",
    "\u202e<script>",
    "＜script＞alert(1)＜/script＞",
    "${alert(1)}",
    "{{constructor.constructor('alert(1)')()}}",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "<x style=width:expression(alert(1))>",
    "<img src='x' style='background:url(javascript:alert(1))'>",
    "<textarea><script>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
]

ALLOWED = {"div", "strong", "table", "tr", "td", "code"}


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.strange: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(attrs)

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.strange.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def parsed(html):
    elements = Elements()
    elements.feed(html)
    elements.close()
    return elements


def overview_of(text):
    return Overview(
        path=text,
        plugins={"total": 1, "loaded": 1},
        loaded=[{"name": text, "type": text, "version": text, "state": text, "reason": text}],
        tables={text: 3},
        last_runs=[{"run_id": 1, "plugin": text, "status": text, "rows_stored": 1, "started_at": None}],
        next=[text],
    )


def details_of(text):
    return Details(
        name=text, version=text, state=text, type=text, author=text, description=text, tags=[text], license=text,
        homepage=text, origin=text, error=None, reason=text, config={text: text, "list": [text]}, requires=[text],
        fields=[{"key": text, "type": text, "required": False, "default": text, "description": text, "secret": False}],
    )  # fmt: skip


def cards(text):
    return [overview_html(overview_of(text)), details_html(details_of(text))]


HARMLESS = [parsed(html).attributes for html in cards("x")]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_makes_an_element_or_an_attribute(payload):
    assert len(PAYLOADS) >= 40
    for html, harmless in zip(cards(payload), HARMLESS, strict=True):
        elements = parsed(html)
        assert elements.tags <= ALLOWED
        assert elements.attributes == harmless
        assert not elements.strange


@pytest.mark.parametrize("payload", ["<b>bold</b>", "a & b", "\"quoted\" 'too'", "größe €"])
def test_text_is_shown_as_it_is(payload):
    assert all(payload in parsed(html).text for html in cards(payload))


def test_hidden_characters_are_written_out_in_html_and_in_text():
    for text in (
        *cards("a\u202eb\x1b[31m"),
        repr(overview_of("a\u202eb\x1b[31m")),
        repr(details_of("a\u202eb\x1b[31m")),
    ):
        assert "\u202e" not in text
        assert "\x1b" not in text
        assert "\\u202e" in text


def test_attributes_are_escaped_too_and_html_is_not_escaped_twice():
    assert tag("td", tag("b", "<"), "<", style='x"y') == '<td style="x&quot;y"><b>&lt;</b>&lt;</td>'
    assert escape(escape("<")) == "&lt;"
