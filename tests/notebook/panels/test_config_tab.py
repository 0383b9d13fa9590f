"""The Config tab: a form of every kind of setting, wrong values beside their field, secrets that no state shows."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import ipywidgets
import pytest
from pydantic import BaseModel, Field, SecretStr

from finopsnb.commands import State, run_line
from finopsnb.commands.writing import loading
from finopsnb.notebook.panels.config_tab import ConfigTab
from finopsnb.plugins import PluginMetadata, PluginType, TelemetryPlugin
from tests.notebook.panels.conftest import assert_harmless, control, html, press, said, walk
from tests.notebook.test_display import PAYLOADS, parsed

TYPED = "typed-canary-c0ffee"


class Grain(Enum):
    DAILY = "daily"
    HOURLY = "hourly"


class Login(BaseModel):
    user: str = Field("reader", description="Who reads")
    password: SecretStr | None = None


class Target(BaseModel):
    url: str
    days: int = 1


class Config(BaseModel):
    path: Path = Field(Path("exports"), description="What to read")
    days: int = Field(7, ge=1, le=90, description="How many days")
    share: float = Field(0.5, gt=0)
    rate: Decimal | None = Field(None, ge=0, decimal_places=4)
    full: bool = False
    quick: bool | None = None
    region: Literal["eu", "us"] = "eu"
    grain: Grain = Grain.DAILY
    since: date | None = None
    accounts: list[str] = []
    limits: dict[str, int] = {}
    targets: list[Target] = []
    api_key: SecretStr | None = Field(None, description="The key")
    login: Login = Login()
    note: str | None = Field(None, max_length=2000)


class Everything(TelemetryPlugin):
    metadata = PluginMetadata(name="everything", plugin_type=PluginType.TELEMETRY, description="Every kind")
    Config = Config

    def collect_telemetry(self):
        return []


class Schema(TelemetryPlugin):
    """Dict style."""

    metadata = PluginMetadata(
        name="schema-style",
        plugin_type=PluginType.TELEMETRY,
        config_schema={
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "What to read"},
                "retries": {"type": "integer", "default": 3, "minimum": 0},
                "mode": {"enum": ["fast", "slow"]},
                "token": {"type": "string"},
            },
            "required": ["path"],
        },
    )

    def collect_telemetry(self):
        return []


@pytest.fixture
def tab(panel, session, registry):
    registry.register(Everything)
    registry.register(Schema)
    panel.configure("everything")
    assert isinstance(panel.tab, ConfigTab)
    return panel.tab


def field(tab, key):
    return tab._form.fields[key]


def put(tab, **values):
    for key, value in values.items():
        field(tab, key.replace("__", ".")).control.value = value


def wrong(tab, key):
    return parsed(field(tab, key)._wrong.value).text


ALL = {
    "path": "my exports/*.csv", "days": "30", "share": "0.25", "rate": "1.2345", "full": True, "quick": False, "region": "us",
    "grain": "hourly", "since": date(2026, 1, 31), "accounts": "007\n008", "limits": "a=1\nb=2", "targets": '[{"url": "x", "days": 3}]',
    "login__user": "me", "note": 'said "so"\\', "api_key": "env:PANEL_KEY",
}  # fmt: skip

READ = Config(
    path=Path("my exports/*.csv"), days=30, share=0.25, rate=Decimal("1.2345"), full=True, quick=False, region="us", grain=Grain.HOURLY,
    since=date(2026, 1, 31), accounts=["007", "008"], limits={"a": 1, "b": 2}, targets=[Target(url="x", days=3)],
    login=Login(user="me"), note='said "so"\\', api_key=SecretStr("from-the-environment"),
)  # fmt: skip


def test_every_kind_of_setting_is_applied_as_it_was_typed(tab, session, panel, monkeypatch):
    monkeypatch.setenv("PANEL_KEY", "from-the-environment")
    put(tab, **ALL)
    press(tab.widget, "Apply")
    assert said(panel) == "✓ everything is ready"
    assert session.plugins.get("everything").config == READ
    assert isinstance(field(tab, "since").control, ipywidgets.DatePicker)
    assert field(tab, "days").control.value == "30"
    assert field(tab, "api_key").control.placeholder == "from env:PANEL_KEY; type to replace"


def test_the_code_of_a_form_runs_in_both_languages_and_loads_the_same(tab, session, panel, monkeypatch):
    monkeypatch.setenv("PANEL_KEY", "from-the-environment")
    put(tab, **ALL)
    press(tab.widget, "Show code")
    shown = control(tab.widget, "Settings as code").value
    code = panel.code[-1]
    assert shown == str(code)
    assert "env:PANEL_KEY" in shown
    exec(code.python, {"session": session})
    assert session.plugins.get("everything").config == READ
    session.unload("everything")
    line, _, body = code.magic.partition("\n")
    run_line(State(), line.lstrip("%").removeprefix("finops "), body or None)
    assert session.plugins.get("everything").config == READ


VALUES = [
    {"text": "two words", "tick": 'a "quoted" \\ one', "number": "007", "yes": "true", "empty": "", "list": ["a b", "c,d"]},
    {"n": 3, "x": 0.5, "b": True},
    {"text": "line\nline", "dots": {"a": {"b": "c"}}, "nested": [[1], [2]], "table": [{"k": "v w"}], "odd key": "x"},
    {"é": "größe €", "big": 1e300},
    {"bracket": "[not a list", "hash": "# no comment", "dollar": "$HOME {x}", "star": "exports/**/*.csv", "dash": "-x", "none": []},
]  # fmt: skip


@pytest.mark.parametrize("config", VALUES)
def test_any_config_comes_back_from_its_code(config, session, registry):
    class Bare(TelemetryPlugin):
        metadata = PluginMetadata(name="bare", plugin_type=PluginType.TELEMETRY)

        def collect_telemetry(self):
            return []

    registry.register(Bare)
    code = loading("bare", config)
    exec(code.python, {"session": session})
    assert dict(session.plugins.get("bare").config) == config
    session.unload("bare")
    line, _, body = code.magic.partition("\n")
    run_line(State(), line.lstrip("%").removeprefix("finops "), body or None)
    assert dict(session.plugins.get("bare").config) == config


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("days", "0", "greater than or equal to 1"),
        ("days", "many", "valid integer"),
        ("share", "-1", "greater than 0"),
        ("limits", "a", "is no key=value"),
        ("targets", "[", "is not valid JSON"),
        ("targets", '[{"url": 1}]', "valid string"),
        ("rate", "1.23456", "4 decimal places"),
    ],
)
def test_a_wrong_value_is_told_beside_its_field_and_the_running_plugin_is_untouched(tab, session, panel, key, value, told):
    session.load("everything", days=5)
    running = session.plugins.get("everything")
    put(tab, **{key: value})
    press(tab.widget, "Apply")
    assert told in wrong(tab, key)
    assert said(panel).startswith("✕ One setting ")
    assert session.plugins.get("everything") is running
    assert session.plugins.registry.record("everything").failure is None
    assert [k for k, f in tab._form.fields.items() if f._wrong.value] == [key]
    put(tab, **{key: "" if key in ("limits", "targets", "rate") else "1"})
    press(tab.widget, "Apply")
    assert said(panel) == "✓ everything is ready with these settings"
    assert session.plugins.get("everything") is not running


def test_test_changes_nothing_and_reset_shows_what_is(tab, session, panel):
    put(tab, days="9")
    press(tab.widget, "Test")
    assert said(panel) == "✓ everything takes these settings; nothing was changed"
    assert session.plugins.get("everything") is None
    press(tab.widget, "Reset")
    assert field(tab, "days").control.value == "7"


def test_only_what_was_changed_is_given_and_what_is_emptied_goes(tab, session):
    session.load("everything", days=5, accounts=["a"], note="x")
    put(tab, accounts="", note="")
    press(tab.widget, "Apply")
    assert dict(session.plugins.registry.record("everything").config) == {"days": 5}


def test_a_typed_secret_is_in_no_state_no_html_and_no_code(tab, session, panel):
    put(tab, api_key=TYPED, login__password=TYPED + "-2", days="0")
    press(tab.widget, "Apply")
    assert field(tab, "api_key").control.value == ""
    put(tab, days="3")
    press(tab.widget, "Apply")
    plugin = session.plugins.get("everything")
    assert plugin.config.api_key.get_secret_value() == TYPED
    assert plugin.config.login.password.get_secret_value() == TYPED + "-2"
    press(tab.widget, "Show code")
    press(panel.widget, "Copy as code")
    bundle = panel._repr_mimebundle_()
    seen = json.dumps(ipywidgets.Widget.get_manager_state()) + json.dumps(bundle) + repr(vars(tab)) + str(panel.code)
    assert TYPED not in seen
    assert "env:EVERYTHING_API_KEY" in control(tab.widget, "Settings as code").value
    assert field(tab, "api_key").control.placeholder == "stored; type to replace"
    put(tab, days="4")
    press(tab.widget, "Apply")
    assert session.plugins.get("everything").config.api_key.get_secret_value() == TYPED


def test_a_password_in_an_address_is_in_no_code_and_after_apply_in_no_state(tab, session, panel):
    put(tab, note=f"https://me:{TYPED}@host/x")
    press(tab.widget, "Show code")
    assert TYPED not in control(tab.widget, "Settings as code").value + str(panel.code)
    press(tab.widget, "Apply")
    assert session.plugins.get("everything").config.note == f"https://me:{TYPED}@host/x"
    assert field(tab, "note").control.value == "https://****@host/x"
    assert TYPED not in json.dumps(ipywidgets.Widget.get_manager_state())
    put(tab, note="https://****@host/y")
    press(tab.widget, "Apply")
    assert "type it whole" in wrong(tab, "note")


TOML = """
[plugins.everything]
path = "my exports/*.csv"
days = 30
share = 0.25
rate = 1.2345
full = true
quick = false
region = "us"
grain = "hourly"
since = 2026-01-31
accounts = ["007", "008"]
limits = {a = 1, b = 2}
targets = [{url = "x", days = 3}]
note = 'said "so"\\'
api_key = "env:PANEL_KEY"
[plugins.everything.login]
user = "me"
"""


def load(tab, text="", file=""):
    press(tab.widget, "Load from TOML")
    control(tab.widget, "TOML").value = text
    control(tab.widget, "or the file").value = file
    press(tab.widget, "Fill the form")


@pytest.mark.parametrize("from_file", [False, True])
def test_toml_fills_the_form_and_apply_makes_it_so(tab, session, panel, monkeypatch, tmp_path, from_file):
    monkeypatch.setenv("PANEL_KEY", "from-the-environment")
    (tmp_path / "mine.toml").write_text(TOML)
    load(tab, *(("", str(tmp_path / "mine.toml")) if from_file else (TOML,)))
    assert said(panel) == "✓ the form of everything is filled; Apply makes it so"
    assert session.plugins.get("everything") is None
    assert field(tab, "days").control.value == "30"
    assert field(tab, "api_key").control.placeholder == "from env:PANEL_KEY until it is applied"
    press(tab.widget, "Apply")
    assert session.plugins.get("everything").config == READ


def test_what_is_wrong_in_toml_is_told_beside_its_field_and_the_rest_is_shown(tab, session, panel):
    wrongs = f'days = 0\nregion = "mars"\nfull = "yes"\nsince = "soon"\nnothing = 1\napi_key = "{TYPED}"\nnote = "https://me:{TYPED}@h/x"'
    load(tab, wrongs)
    assert said(panel).startswith("✕ 5 settings cannot be used.")
    assert "at least" in wrong(tab, "days") or "greater than or equal to 1" in wrong(tab, "days")
    assert wrong(tab, "region") == "✕ mars is none of eu, us"
    assert wrong(tab, "full") == "✕ yes is neither true nor false"
    assert wrong(tab, "since") == "✕ soon is no day: write 2026-01-31"
    assert "nothing: is no setting of this plugin" in html(tab._form.widget)
    assert TYPED not in json.dumps(ipywidgets.Widget.get_manager_state()) + str(panel.code)
    put(tab, days="2")
    press(tab.widget, "Apply")
    config = session.plugins.get("everything").config
    assert (config.days, config.region, config.api_key.get_secret_value(), config.note) == (2, "eu", TYPED, f"https://me:{TYPED}@h/x")


@pytest.mark.parametrize(
    ("text", "file", "told"),
    [
        ("days = ", "", "✕ The text is not TOML."),
        ("[other]\ndays = 1", "", "✕ The text has no settings of everything.\nIt has those of other."),
        ("", "nowhere.toml", "✕ The settings file nowhere.toml cannot be read.\nNo such file or directory."),
    ],
)
def test_toml_that_cannot_be_read_is_told_and_stays_to_be_mended(tab, panel, text, file, told):
    load(tab, text, file)
    assert said(panel).startswith(told)
    assert control(tab.widget, "TOML").value == text


def test_a_stored_secret_is_removed_when_it_is_applied(tab, session, panel, monkeypatch):
    monkeypatch.setenv("PANEL_KEY", "from-the-environment")
    assert field(tab, "api_key")._remove.layout.display == "none"
    session.load("everything", api_key="env:PANEL_KEY")
    press(tab.widget, "take away what is stored of api_key")
    assert field(tab, "api_key").control.placeholder == "is removed when it is applied"
    press(tab.widget, "Keep")
    press(tab.widget, "Apply")
    assert session.plugins.get("everything").config.api_key.get_secret_value() == "from-the-environment"
    press(tab.widget, "Remove")
    press(tab.widget, "Apply")
    assert session.plugins.get("everything").config.api_key is None
    assert dict(session.plugins.registry.record("everything").config) == {}


def test_dict_style_settings_have_a_form_too(tab, session, panel):
    panel.configure("schema-style")
    put(tab, retries="-1", mode="fast")
    press(tab.widget, "Apply")
    assert "is required" in wrong(tab, "path")
    assert "greater than or equal to 0" in wrong(tab, "retries")
    assert isinstance(field(tab, "token").control, ipywidgets.Password)
    put(tab, path="x.csv", retries="2", token="env:PANEL_NOTHING")
    press(tab.widget, "Apply")
    assert "PANEL_NOTHING" in wrong(tab, "token")
    put(tab, token="a-literal-token")
    press(tab.widget, "Apply")
    assert dict(session.plugins.get("schema-style").config)["retries"] == 2


def test_what_is_not_set_says_so(tab, panel):
    assert field(tab, "quick").control.label == "not set"
    panel.configure("schema-style")
    assert field(tab, "mode").control.label == "not set"


def test_what_a_field_is_for_and_its_limits_are_told(tab):
    seen = parsed(html(tab.widget)).text
    assert "How many days; int; at least 1; at most 90; default 7" in seen
    assert "The key; secret: a reference env:NAME" in seen
    assert field(tab, "days").control.description == "days"


def test_a_change_from_elsewhere_is_shown_unless_something_was_typed(tab, session):
    session.load("everything", days=11)
    assert field(tab, "days").control.value == "11"
    put(tab, days="12")
    session.reload("everything", days=13)
    assert field(tab, "days").control.value == "12"
    assert "changed elsewhere meanwhile" in html(tab.widget)
    press(tab.widget, "Reset")
    assert field(tab, "days").control.value == "13"


def test_forms_that_were_shown_before_leave_nothing_in_the_state(tab, panel):
    panel.configure("schema-style")
    panel.configure("everything")
    before = len(ipywidgets.Widget.get_manager_state()["state"])
    for _ in range(3):
        panel.configure("schema-style")
        panel.configure("everything")
    assert len(ipywidgets.Widget.get_manager_state()["state"]) == before


def test_a_plugin_that_there_is_not_or_cannot_be_read_is_told(tab, panel):
    control(tab.widget, "Plugin").value = "everythin"
    assert said(panel).startswith("✕ No plugin is called everythin.\nDid you mean everything?")


def test_no_text_of_a_setting_makes_an_element(panel, registry):
    def seen(text):
        choices: Any = Literal[text]  # type: ignore[valid-type]
        fields = {"a": (str, Field(text, description=text)), "b": (choices | None, Field(None, description=text))}
        from pydantic import create_model

        config = create_model("Hostile", **fields)
        members = {"metadata": PluginMetadata(name="hostile"), "Config": config, "collect_telemetry": lambda self: []}
        registry.register(type("H", (TelemetryPlugin,), members), replace=True)
        panel.configure("hostile")
        return parsed(html(panel.widget) + panel.static())

    assert_harmless(seen, PAYLOADS)


def test_every_control_has_a_label_and_a_layout_of_its_own(tab):
    for one in walk(tab.widget):
        if isinstance(one, ipywidgets.DOMWidget) and hasattr(one, "description") and not isinstance(one, ipywidgets.HTML):
            assert one.description, one
    controls = list(walk(tab.widget))
    assert len({one.layout.model_id for one in controls}) == len({one.model_id for one in controls})
