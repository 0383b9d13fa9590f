"""What the tests of dashboards share: a plugin over changed tables, and a way to look into what it drew."""

from __future__ import annotations

import json
from types import SimpleNamespace

import vl_convert

#: what a name in a bill may try: markup, a link, an expression, a field's path, a turned reading order; and to be too long
ATTACKS = ["</script><script>alert(1)</script> javascript:alert(1) datum.cost]; alert(1) a.b[0]:Q \u202egnp.exe", "x" * 3000]


def over(session, cls, **tables):
    """The plugin with a context in which these expressions take the place of the stored tables."""
    plugin = cls({})
    plugin.context = SimpleNamespace(
        table=lambda name: tables[name] if name in tables else session.table(name), execute=session._store.execute
    )
    return plugin


def compiled(chart, capfd):
    """The specification, which the notebook's Vega-Lite takes without a warning, and which is small."""
    spec = chart.to_dict()
    assert len(json.dumps(spec)) <= 300_000
    vl_convert.vegalite_to_vega(spec, vl_version="5.8", show_warnings=True)
    assert "WARN" not in capfd.readouterr().err
    return spec


def values(spec):
    """All rows of data in a specification, wherever they are."""
    found = [row for rows in spec.get("datasets", {}).values() for row in rows]

    def walk(part):
        if isinstance(part, dict):
            if isinstance(part.get("data"), dict):
                found.extend(part["data"].get("values", []))
            for inner in part.values():
                walk(inner)
        elif isinstance(part, list):
            for inner in part:
                walk(inner)

    walk({key: value for key, value in spec.items() if key != "datasets"})
    return found


def said(spec):
    """Title and subtitle as text."""
    title = spec["title"]
    return " ".join([*title["text"], *title.get("subtitle", [])]) if isinstance(title, dict) else title


def outside_of_the_data(spec):
    """Every text of a specification that is not a value of its data, a title or a description."""
    if isinstance(spec, dict):
        for key, value in spec.items():
            if key not in {"datasets", "values", "title", "description"}:
                yield key
                yield from outside_of_the_data(value)
    elif isinstance(spec, list):
        for value in spec:
            yield from outside_of_the_data(value)
    elif isinstance(spec, str):
        yield spec
