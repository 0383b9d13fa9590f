"""What a form is told of each setting, whether settings would be taken, and when the list of plugins changes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr

from finopsnb.errors import PluginConfigError
from finopsnb.plugins import PluginMetadata, PluginRegistry, PluginType, TelemetryPlugin
from finopsnb.plugins.config.form import form_fields


class Grain(Enum):
    DAILY = "daily"


class Login(BaseModel):
    user: str
    password: SecretStr | None = None


class Config(BaseModel):
    text: str = Field("x", min_length=1, pattern="^x")
    path: Path = Path(".")
    whole: Annotated[int, Field(ge=1)] | None = None
    number: int | float = Field(1, le=2)
    amount: Decimal = Field(Decimal(1), max_digits=9, decimal_places=2)
    switch: bool = False
    grain: Grain | None = None
    either: Literal["a", "b"] = "a"
    day: date | None = None
    at: datetime | None = None
    items: list[str] = Field([], max_length=3)
    table: dict[str, int] = {}
    logins: list[Login] = []
    login: Login | None = None
    whatever: Any = None
    mixed: Literal["all"] | int = 1


def test_each_kind_of_setting_and_its_limits():
    fields = {field.key: field for field in form_fields(Config)}
    assert {key: field.kind for key, field in fields.items()} == {
        "text": "text", "path": "path", "whole": "int", "number": "number", "amount": "decimal", "switch": "bool", "grain": "choice",
        "either": "choice", "day": "date", "at": "datetime", "items": "list", "table": "dict", "logins": "json", "login.user": "text",
        "login.password": "text", "whatever": "any", "mixed": "any",
    }  # fmt: skip
    limits = {key: field.limits for key, field in fields.items() if field.limits}
    assert limits == {
        "text": "length at least 1; of the form ^x",
        "whole": "at least 1",
        "number": "at most 2",
        "amount": "at most 9 digits; at most 2 decimals",
        "items": "length at most 3",
    }
    assert [key for key, field in fields.items() if field.secret] == ["login.password"]
    assert [key for key, field in fields.items() if field.optional] == ["whole", "grain", "day", "at", "login.password", "whatever"]


class Schema(TelemetryPlugin):
    metadata = PluginMetadata(
        name="schema-style",
        plugin_type=PluginType.TELEMETRY,
        config_schema={"retries": {"type": "integer", "minimum": 0}, "mode": {"enum": ["fast", "slow"]}, "token": "secret"},
    )
    __finops_required__ = ("endpoint",)

    def collect_telemetry(self):
        return []


def test_dict_style_settings_and_those_that_are_only_named():
    registry = PluginRegistry()
    registry.register(Schema)
    fields = {field.key: field for field in registry.form("schema-style")}
    assert {key: (field.kind, field.limits, field.secret) for key, field in fields.items()} == {
        "retries": ("int", "at least 0", False),
        "mode": ("choice", "", False),
        "token": ("text", "", True),
        "endpoint": ("any", "", False),
    }
    assert fields["endpoint"].required


def test_settings_are_checked_without_anything_being_changed():
    registry = PluginRegistry()
    registry.register(Schema)
    failed = []
    registry.hooks.on("plugin_failed", lambda plugin: failed.append(plugin))
    with pytest.raises(PluginConfigError) as caught:
        registry.check("schema-style", {"retries": -1})
    assert set(caught.value.problems) == {"retries", "endpoint"}
    registry.check("schema-style", {"retries": 1, "endpoint": "x"})
    assert registry.record("schema-style").state == "not loaded"
    assert failed == []


def test_the_bus_hears_when_plugins_become_known_or_are_forgotten(tmp_path):
    registry, heard = PluginRegistry(), []
    registry.hooks.on("plugins_changed", lambda plugins: heard.append(plugins))
    registry.register(Schema)
    registry.unregister("schema-style")
    source = (
        "from finopsnb.plugins import *\nclass P(TelemetryPlugin):\n    metadata = PluginMetadata(name='found')\n"
        "    def collect_telemetry(self): return []\n"
    )
    (tmp_path / "found.py").write_text(source)
    registry.discover_from_path(tmp_path)
    assert heard == [["schema-style"], ["schema-style"], ["found"]]
