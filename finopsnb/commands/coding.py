"""Commands as Python: the calls of the session that a line of the vocabulary equals, for ``--as-code`` and ``code``.

Every command has its line here or in ``WITHOUT``, which says why it has none.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any

from finopsnb.commands.settings import options, refuse_secrets, settings
from finopsnb.commands.state import State
from finopsnb.commands.vocabulary import Command
from finopsnb.commands.words import pairs

__all__ = ["WITHOUT", "literal_of", "python_of", "session_call", "whole"]

#: commands that no Python of the session equals, and why
WITHOUT: Mapping[str, str] = {
    "help": "it tells of the commands themselves",
    "code": "it shows this Python",
    "demo": "it is a command of the shell; its calls are in notebooks/01_quickstart.ipynb",
}
#: verbs whose frames are chosen by the call
_FRAME_VERBS = ("health", "hooks.listing", "plugins.registry.describe", "plugins.registry.fields")

Told = Callable[[State, Namespace], str]


def python_of(state: State, command: Command, arguments: Namespace) -> str | None:
    """The Python that the command equals, over ``session``; None where there is none."""
    told = _CODE.get(command.name)
    if told is None:
        return None
    text = told(state, arguments)
    if getattr(arguments, "polars", False):
        text = _with_frames(text)
    variable = getattr(arguments, "output", None)
    if not variable:
        return text
    before, newline, last = text.rpartition("\n") if '"""' not in text else ("", "", text)
    return f"{before}{newline}{variable} = {last}"


def whole(lines: list[str]) -> str:
    """A cell of Python with these lines: it opens the session, or takes the one that is open."""
    opens = bool(lines) and lines[0].startswith("session = finopsnb.open(")
    start = ["import finopsnb", ""] if opens else ["import finopsnb", "", "session = finopsnb.session()"]
    return "\n".join([*start, *lines])


def session_call(verb: str, *given: Any, **named: Any) -> str:
    """``session.load("focus-files", path="exports/*.csv")``; what is None is left out.

    >>> session_call("load", "focus-files", path="exports/*.csv", months=None)
    'session.load("focus-files", path="exports/*.csv")'
    """
    kept = {key: value for key, value in named.items() if value is not None}
    plain = [f"{key}={literal_of(value)}" for key, value in kept.items() if key.isidentifier()]
    rest = {key: value for key, value in kept.items() if not key.isidentifier()}
    parts = [*map(literal_of, given), *plain, *([f"**{literal_of(rest)}"] if rest else [])]
    return f"session.{verb}({', '.join(parts)})"


def literal_of(value: Any) -> str:
    """A value as Python writes it, texts in double quotes, those of several lines in three.

    >>> literal_of(["a", 1, {"b": None}])
    '["a", 1, {"b": None}]'
    """
    match value:
        case str() if "\n" in value and '"""' not in value and "\\" not in value and not value.endswith('"'):
            return f'"""{value}"""'
        case str() if value.isprintable():
            return json.dumps(value, ensure_ascii=False)
        case list() | tuple():
            return f"[{', '.join(map(literal_of, value))}]"
        case dict():
            return f"{{{', '.join(f'{literal_of(key)}: {literal_of(one)}' for key, one in value.items())}}}"
        case _:
            return repr(value)


def _with_frames(text: str) -> str:
    """The last call with ``frames="polars"``, where it takes that."""
    last = text.rpartition("\n")[2] if '"""' not in text else text
    if not last.startswith("session.") or any(last.startswith(f"session.{verb}(") for verb in _FRAME_VERBS):
        return text
    return f'{text[:-1]}{"" if text.endswith("()") else ", "}frames="polars")'


def _verb(name: str, *places: str, **named: str) -> Told:
    """A call with arguments of the command by their names, those that are not given left out."""

    def told(_: State, arguments: Namespace) -> str:
        given = [getattr(arguments, place) for place in places]
        while given and given[-1] is None:
            given.pop()
        return session_call(name, *given, **{key: getattr(arguments, place) or None for key, place in named.items()})

    return told


def _open(_: State, arguments: Namespace) -> str:
    call = session_call("open", arguments.path, read_only=arguments.read_only or None, frames=arguments.frames)
    return f"session = finopsnb.{call.removeprefix('session.')}"


def _load(state: State, arguments: Namespace) -> str:
    given = settings(state, arguments.name, arguments.settings)
    if arguments.config is None:
        return session_call("load", arguments.name, **given)
    # by the name of the file: what is in it may be secret
    imports = "from pathlib import Path\n\nfrom finopsnb.plugins.config import read_settings_file"
    kept = f"tables = read_settings_file(Path({literal_of(arguments.config)}))[0]"
    name = literal_of(arguments.name)
    return f"{imports}\n\n{kept}\n" + session_call("load", arguments.name, **given).replace(name, f"{name}, tables[{name}]", 1)


def _reload(state: State, arguments: Namespace) -> str:
    return session_call("reload", arguments.name, **settings(state, arguments.name, arguments.settings))


def _config(state: State, arguments: Namespace) -> str:
    from finopsnb.commands.plugins import tables_of

    if arguments.body is not None:
        tables = tables_of(arguments.body)
        refuse_secrets(state, tables)
        return session_call("plugins.load_from_config", tables, strict=arguments.strict or None)
    if arguments.settings:
        return _reload(state, arguments)
    if arguments.show:
        return f'{session_call("plugins.registry.record", arguments.name)}.describe()["config"]'
    return session_call("plugins.registry.fields", arguments.name)


def _plugins(_: State, arguments: Namespace) -> str:
    rows = "session.plugins.registry.describe()"
    tests = [f'one["{key}"] == {literal_of(value)}' for key in ("type", "state") if (value := getattr(arguments, key)) is not None]
    tests += [f'{literal_of(arguments.tag)} in one["tags"]'] if arguments.tag is not None else []
    return f"[one for one in {rows} if {' and '.join(tests)}]" if tests else rows


def _plugin(_: State, arguments: Namespace) -> str:
    from finopsnb.commands.cells import classes_of

    body = (arguments.body or "").rstrip()
    lines = ["from finopsnb.plugins import *", "", body, ""]
    given = options(arguments.settings, "plugin")
    for name in classes_of(body):
        lines.append(f"session.plugins.registry.register({name}, replace=True)")
        if given or arguments.load:
            lines.append(session_call("load", "", **given).replace('""', f"{name}.metadata.name", 1))
    return "\n".join(lines)


def _collect(_: State, arguments: Namespace) -> str:
    full, behind = arguments.full or None, getattr(arguments, "background", False) or None
    return session_call("collect", *arguments.names, since=arguments.since, until=arguments.until, full=full, background=behind)


def _jobs(_: State, arguments: Namespace) -> str:
    for verb in ("cancel", "wait"):
        if (number := getattr(arguments, verb)) is not None:
            return f"{session_call('job', number)}.{verb}()"
    return "session.jobs()"


def _sync(_: State, arguments: Namespace) -> str:
    given = options(arguments.options, arguments.name)
    return session_call("sync", arguments.name, arguments.direction, table=arguments.table or None, **given)


def _notify(_: State, arguments: Namespace) -> str:
    priority = None if arguments.priority == "normal" else arguments.priority
    return session_call("notify", arguments.name, " ".join(arguments.message), priority=priority, dry_run=arguments.dry_run or None)


def _outbox(_: State, arguments: Namespace) -> str:
    sends = "session.deliver()\n" if arguments.send else ""
    return sends + session_call("outbox", *([arguments.status] if arguments.status else []), retry=arguments.retry, drop=arguments.drop)


def _run(_: State, arguments: Namespace) -> str:
    return session_call("run", arguments.name, **options(arguments.options, arguments.name))


def _trigger(_: State, arguments: Namespace) -> str:
    from finopsnb.commands.work import payload_of

    return session_call("trigger", arguments.event, **payload_of(arguments))


def _show(_: State, arguments: Namespace) -> str:
    return session_call("render", arguments.name, **options(arguments.options, arguments.name))


def _dashboard(_: State, arguments: Namespace) -> str:
    from finopsnb.commands.work import names_and_options

    names, given = names_and_options(arguments.names)
    return session_call("dashboard", names, start=arguments.start, end=arguments.end, **given)


def _explore(_: State, arguments: Namespace) -> str:
    given = options(arguments.options, arguments.name)
    return session_call("explore", arguments.name, start=arguments.start, end=arguments.end, **given)


def _report(_: State, arguments: Namespace) -> str:
    from finopsnb.commands.work import names_and_options

    names, given = names_and_options(arguments.dashboards)
    title = None if arguments.title == "FinOps report" else arguments.title
    places = [arguments.path, *([names] if names else [])]
    return session_call("report", *places, start=arguments.start, end=arguments.end, title=title, **given)


def _runs(_: State, arguments: Namespace) -> str:
    forgets = "" if arguments.forget is None else f"{session_call('forget', arguments.forget)}\n"
    return f"{forgets}session.runs()"


def _sql(_: State, arguments: Namespace) -> str:
    query = " ".join(arguments.query).strip()
    given = {key: str(value) for key, value in pairs(arguments.param).items()}
    frames = "arrow" if arguments.chart else None
    call = session_call("sql", query, *([given] if given else []), limit=arguments.limit, frames=frames)
    return f"from finopsnb.charts import quick\n\nquick({call})" if arguments.chart else call


def _query(_: State, arguments: Namespace) -> str:
    from finopsnb.commands.asking import parameters_of

    if arguments.list or arguments.name is None:
        return "session.queries()"
    if arguments.about:
        name = literal_of(arguments.name)
        imports = "from finopsnb.analysis.queries import query_named\nfrom finopsnb.analysis.queries.page import about"
        return f"{imports}\n\nprint(about(query_named({name})))"
    return session_call("query", arguments.name, as_sql=arguments.sql or None, **parameters_of(arguments))


def _reconcile(_: State, arguments: Namespace) -> str:
    from finopsnb.commands.money import invoices_of

    subject: str | int = int(arguments.subject) if arguments.subject.isdecimal() else arguments.subject
    invoices = invoices_of(arguments.invoice)
    return session_call("reconcile", subject, *([invoices] if invoices and not arguments.rows else []), rows=arguments.rows or None)


def _convert(_: State, arguments: Namespace) -> str:
    return session_call("convert", arguments.rates, to=arguments.to, columns=arguments.column or None)


def _budgets(_: State, arguments: Namespace) -> str:
    metric = None if arguments.metric == "EffectiveCost" else arguments.metric
    takes = f"{session_call('budgets', arguments.file)}\n" if arguments.file else ""
    return f"{takes}{session_call('budget_status', *([arguments.as_of] if arguments.as_of else []), metric=metric)}"


def _showback(_: State, arguments: Namespace) -> str:
    grain = None if arguments.grain == "billing" else arguments.grain
    return session_call("showback", by=arguments.by or None, month=arguments.month, grain=grain, plugin=arguments.plugin)


def _insights(_: State, arguments: Namespace) -> str:
    days = int(arguments.days) if arguments.days else None
    places = [arguments.persona] if arguments.persona else []
    return session_call("insights", *places, days=days, tag=arguments.tag or None, owner_tag=arguments.owner_tag or None)


def _forecast(_: State, arguments: Namespace) -> str:
    return session_call("forecast", **options(arguments.options, "forecast"))


def _backtest(_: State, arguments: Namespace) -> str:
    words = list(arguments.options)
    what = [str(words.pop(0))] if words and "=" not in words[0] else []
    return session_call("backtest", *what, **options(words, "backtest"))


def _info(_: State, arguments: Namespace) -> str:
    return f"{session_call('plugins.registry.record', arguments.name)}.describe()"


_CODE: Mapping[str, Told] = {
    "open": _open,
    "close": _verb("close"),
    "status": _verb("overview"),
    "tables": _verb("tables"),
    "describe": _verb("describe", "table"),
    "sql": _sql,
    "runs": _runs,
    "findings": _verb("findings", "run"),
    "quarantine": _verb("quarantine", "run"),
    "showback": _showback,
    "chargeback": _verb("chargeback", "month", plugin="plugin"),
    "explain": _verb("explain_allocation", "owner", "month", plugin="plugin"),
    "export": _verb("export", "table", "path", raw="raw"),
    "budgets": _budgets,
    "accept": _verb("accept", "ids"),
    "dismiss": _verb("dismiss", "ids", "reason"),
    "implement": _verb("implement", "ids", "on"),
    "reopen": _verb("reopen", "ids"),
    "savings": _verb("savings"),
    "insights": _insights,
    "query": _query,
    "forecast": _forecast,
    "backtest": _backtest,
    "plugins": _plugins,
    "info": _info,
    "load": _load,
    "unload": _verb("unload", "name"),
    "reload": _reload,
    "config": _config,
    "plugin": _plugin,
    "hooks": _verb("hooks.listing", "event"),
    "health": _verb("health"),
    "doctor": _verb("doctor"),
    "collect": _collect,
    "jobs": _jobs,
    "panel": _verb("panel", "tab"),
    "sync": _sync,
    "notify": _notify,
    "outbox": _outbox,
    "run": _run,
    "trigger": _trigger,
    "show": _show,
    "dashboard": _dashboard,
    "explore": _explore,
    "report": _report,
    "reconcile": _reconcile,
    "convert": _convert,
}
