"""Settings: looked up, checked all at once, and never showing a secret (faults 19, 32, 45 and 46)."""

from __future__ import annotations

import copy
import io
import json
import pickle
import pprint
import threading
import traceback
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Optional

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import (
    AliasChoices,
    BaseModel,
    Field,
    HttpUrl,
    PostgresDsn,
    SecretBytes,
    SecretStr,
    field_validator,
    model_validator,
)

from finopsnb.errors import FinopsError, PluginConfigError, PluginMetadataError, SecretError
from finopsnb.plugins.base import PluginMetadata
from finopsnb.plugins.config import (
    MISSING,
    ConfigDict,
    Settings,
    describe_fields,
    hidden,
    model_of,
    read_settings_file,
    resolve_config,
    show_config,
)
from finopsnb.plugins.secrets import Secret, masker
from tests.plugins.test_secrets import CANARIES, hits

META = PluginMetadata(name="aws-cur")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def resolved(cls: type, call: Any = None, schema: Any = None, environ: Any = None, **options: Any) -> Any:
    metadata = PluginMetadata(name="aws-cur", config_schema=schema or {})
    return resolve_config(cls, metadata, {} if call is None else call, environ=environ or {}, **options)[0]


def problems(cls: type, call: Any = None, schema: Any = None, environ: Any = None, **options: Any) -> dict[str, str]:
    with pytest.raises(PluginConfigError) as caught:
        resolved(cls, call, schema, environ, **options)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert all(key in str(caught.value) for key in caught.value.problems)
    return caught.value.problems


class Grain(Enum):
    DAILY = "daily"
    HOURLY = "hourly"


class Database(BaseModel):
    host: str
    port: int = 5432
    password: SecretStr | None = None


class Labels(BaseModel):
    model_config = {"extra": "allow"}


class Modern:
    class Config(BaseModel):
        path: str = Field(description="What to read")
        api_key: SecretStr
        region: Literal["eu-west-1", "us-east-1"] = "eu-west-1"
        grain: Grain = Grain.DAILY
        accounts: list[str] = []
        limits: dict[str, int] = {}
        database: Database | None = None
        since: date | None = None
        rate: Optional[Decimal] = Field(None, ge=0)  # noqa: UP045 - authors write it so


class Plain:
    """A dict style plugin without a schema."""


class Strict(Plain):
    __finops_required__ = ("api_key", "endpoint")


SCHEMA = {
    "type": "object",
    "properties": {
        "path": {"type": "string", "description": "What to read", "minLength": 1},
        "retries": {"type": "integer", "default": 3, "minimum": 0},
        "api-key": {"type": "string"},
        "mode": {"enum": ["fast", "slow"]},
        "share": {"type": "number", "maximum": 1},
        "targets": {"type": "array", "items": {"type": "string"}},
        "proxy": {"type": "object", "properties": {"port": {"type": "integer"}}, "required": ["port"]},
        "note": {"type": ["string", "null"]},
        "passcode": {"type": "string", "secret": True},
    },
    "required": ["path"],
}

GOOD = {"path": "x.csv", "api_key": "canary-good-key"}


class TestModern:
    def test_values_are_converted_by_the_model(self) -> None:
        config = resolved(Modern, {**GOOD, "rate": "1.5", "since": "2026-01-31", "database": {"host": "h", "port": "1"}})
        assert isinstance(config, Modern.Config)
        assert (config.rate, config.since) == (Decimal("1.5"), date(2026, 1, 31))
        assert config.database == Database(host="h", port=1)
        assert config.api_key.get_secret_value() == "canary-good-key"

    def test_all_errors_at_once_with_key_paths_and_near_names(self) -> None:
        call = {
            "pth": "x",
            "api_key": 5,
            "region": "eu-west1",
            "grain": "dayly",
            "rate": -1,
            "database": {"hst": "h", "port": "p"},
        }
        found = problems(Modern, call)
        assert set(found) == {
            "pth",
            "path",
            "api_key",
            "region",
            "grain",
            "rate",
            "database.hst",
            "database.host",
            "database.port",
        }
        assert found["pth"] == "is not a setting; did you mean path?"
        assert found["database.hst"] == "is not a setting; did you mean host?"
        assert found["region"].endswith("did you mean 'eu-west-1'?")
        assert found["grain"].endswith("did you mean 'daily'?")
        assert found["database.port"].startswith("should be a valid integer")

    def test_a_key_near_to_nothing_names_what_there_is(self) -> None:
        assert "database, grain" in problems(Modern, {**GOOD, "zzzz": 1})["zzzz"]

    def test_a_missing_setting_says_every_place_and_the_near_variable(self, folder: Path) -> None:
        found = problems(Modern, {"path": "x"}, environ={"FINOPSNB_AWS_CUR_APIKEY": "canary-x", "FINOPSNB_OTHER": "1"})
        assert found["api_key"] == (
            f"is required; looked in: the call; [plugins.aws-cur] in finopsnb.toml (there is none in {folder}); "
            "the environment variable FINOPSNB_AWS_CUR_API_KEY (there is FINOPSNB_AWS_CUR_APIKEY)"
        )

    def test_the_hint_is_the_call_when_only_settings_are_missing(self) -> None:
        with pytest.raises(PluginConfigError) as caught:
            resolved(Modern)
        assert caught.value.hint == 'session.load("aws-cur", path=..., api_key=...)'
        assert caught.value.plugin == "aws-cur"

    def test_an_instance_of_the_model_is_taken(self) -> None:
        given = Modern.Config(path="x", api_key="canary-instance")
        config = resolved(Modern, given)
        assert config is not given
        assert config.api_key.get_secret_value() == "canary-instance"
        assert pickle.loads(pickle.dumps(given)) == given

    @pytest.mark.parametrize("call", [["path", "x"], "path=x", 5])
    def test_a_call_that_is_no_mapping(self, call: Any) -> None:
        assert problems(Modern, call)["(settings)"].endswith("should be a dict")

    def test_a_validator_over_the_whole_model(self) -> None:
        class Cls:
            class Config(BaseModel):
                since: int = 2
                until: int = 1

                @model_validator(mode="after")
                def ordered(self) -> Any:
                    raise ValueError("until is before since")

        assert problems(Cls) == {"(settings)": "until is before since"}

    def test_a_config_that_allows_more_keeps_it(self) -> None:
        class Cls:
            class Config(BaseModel):
                model_config = {"extra": "allow"}
                path: str

        config = resolved(Cls, {"path": "x", "more": 1, "token": "canary-extra"})
        assert config.more == 1
        assert "canary-extra" not in repr(config)

    def test_one_model_inside_that_allows_more_does_not_open_the_others(self) -> None:
        class Cls:
            class Config(BaseModel):
                labels: Labels = Labels()
                path: str = ""

        assert resolved(Cls, {"labels": {"team": "a"}}).labels.team == "a"
        assert problems(Cls, {"pth": 1}) == {"pth": "is not a setting; did you mean path?"}

    def test_aliases_and_names_both_work_and_the_environment_knows_them(self) -> None:
        class Cls:
            class Config(BaseModel):
                api_key: SecretStr = Field(alias="apiKey")
                url: str = Field("", validation_alias=AliasChoices("endpoint", "address"))

        for call in ({"apiKey": "canary-a", "address": "a"}, {"api_key": "canary-a", "url": "a"}):
            config = resolved(Cls, call)
            assert (config.api_key.get_secret_value(), config.url) == ("canary-a", "a")
        config = resolved(Cls, environ={"FINOPSNB_AWS_CUR_APIKEY": "canary-b", "FINOPSNB_AWS_CUR_ENDPOINT": "e"})
        assert (config.api_key.get_secret_value(), config.url) == ("canary-b", "e")

    def test_a_config_that_is_no_model(self) -> None:
        class Cls:
            class Config:
                path = "x"

        with pytest.raises(PluginConfigError, match="is not a pydantic model"):
            resolved(Cls)


class TestDictStyle:
    def test_values_are_converted_and_defaults_filled_in(self) -> None:
        config = resolved(Plain, {"path": "x", "retries": "5", "share": 0.5, "proxy": {"port": "80"}}, SCHEMA)
        assert config == {"path": "x", "retries": 5, "share": 0.5, "proxy": {"port": 80}}
        assert resolved(Plain, {"path": "x", "note": None}, SCHEMA) == {"path": "x", "retries": 3, "note": None}

    def test_all_errors_at_once(self) -> None:
        call = {"pat": "x", "retries": -1, "mode": "fats", "share": 2, "targets": 5, "proxy": {"prt": 1}, "note": 1}
        found = problems(Plain, call, SCHEMA)
        assert set(found) == {
            "pat",
            "path",
            "retries",
            "mode",
            "share",
            "targets",
            "proxy.prt",
            "proxy.port",
            "note",
        } | ({"note.str"} & set(found))
        assert found["pat"] == "is not a setting; did you mean path?"
        assert found["mode"].endswith("did you mean 'fast'?")

    def test_the_flat_style_with_names_and_types(self) -> None:
        schema = {"path": {"type": "string", "required": True}, "retries": int, "region": "string", "copy": "boolean"}
        assert resolved(Plain, {"path": "x", "retries": "2", "copy": "yes"}, schema) == {
            "path": "x",
            "retries": 2,
            "copy": True,
        }
        assert set(problems(Plain, {"retries": "two"}, schema)) == {"path", "retries"}

    def test_additional_properties_are_kept_where_the_schema_says_so(self) -> None:
        schema = {"type": "object", "properties": {"path": {"type": "string"}}, "additionalProperties": True}
        assert resolved(Plain, {"path": "x", "more": 1}, schema) == {"path": "x", "more": 1}

    def test_an_unknown_type_in_a_schema_is_the_authors_error(self) -> None:
        with pytest.raises(PluginMetadataError, match="unknown type 'strng'") as caught:
            resolved(Plain, {}, {"path": {"type": "strng"}})
        assert caught.value.hint == '"type": "string"'

    def test_without_a_schema_anything_goes(self) -> None:
        config = resolved(Plain, {"api_key": "canary-free", "n": 5, "deep": {"token": "canary-deep", "x": [1]}})
        assert config == {"api_key": "canary-free", "n": 5, "deep": {"token": "canary-deep", "x": [1]}}
        assert repr(config) == "{'api_key': '****', 'n': 5, 'deep': {'token': '****', 'x': [1]}}"

    @pytest.mark.parametrize("schema", [{}, SCHEMA])
    def test_what_requires_config_names_is_required_and_known(self, schema: Any) -> None:
        found = problems(Strict, {"path": "x", "endpoint": None}, schema)
        assert set(found) == {"api_key", "endpoint"}
        assert "FINOPSNB_AWS_CUR_ENDPOINT" in found["endpoint"]
        config = resolved(Strict, {"path": "x", "api_key": "canary-r"}, schema, {"FINOPSNB_AWS_CUR_ENDPOINT": "e"})
        assert (config["api_key"], config["endpoint"]) == ("canary-r", "e")
        assert "canary-r" not in repr(config)

    def test_requires_config_beside_a_model(self) -> None:
        class Cls:
            __finops_required__ = ("endpoint",)

            class Config(BaseModel):
                endpoint: str | None = None

        assert set(problems(Cls)) == {"endpoint"}
        assert resolved(Cls, {"endpoint": "e"}).endpoint == "e"


class TestLookup:
    def test_the_call_comes_before_the_file_before_the_environment_before_the_default(self, folder: Path) -> None:
        environ = {"FINOPSNB_AWS_CUR_PATH": "environment", "FINOPSNB_AWS_CUR_API_KEY": "canary-environment"}
        assert resolved(Modern, environ=environ).path == "environment"
        (folder / "finopsnb.toml").write_text('[plugins.aws-cur]\npath = "file"\n')
        assert resolved(Modern, environ=environ).path == "file"
        assert resolved(Modern, {"path": "call"}, environ=environ).path == "call"
        assert resolved(Modern, environ=environ).region == "eu-west-1"

    def test_both_kinds_of_tables_and_a_file_of_another_name(self, folder: Path) -> None:
        (folder / "other.toml").write_text('title = "x"\n[aws-cur]\npath = "a"\n[gcp]\nx = 1\n[plugins.gcp]\nx = 2\n')
        tables, name = read_settings_file(folder / "other.toml")
        assert (tables, name) == ({"aws-cur": {"path": "a"}, "gcp": {"x": 2}}, "other.toml")
        assert resolved(Modern, {"api_key": "canary-f"}, settings_file=folder / "other.toml").path == "a"

    def test_no_file_is_no_error_unless_it_was_asked_for(self, folder: Path) -> None:
        assert read_settings_file()[0] == {}
        with pytest.raises(PluginConfigError, match="No such file"):
            read_settings_file(folder / "none.toml")

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"[plugins.x]\na = canary\n", "line 2"),
            (b"\xff\xfe", "UTF-8"),
            (b"plugins = 1", "not a table"),
            (b"[plugins]\nx = 1", "plugins.x"),
        ],
    )
    def test_a_bad_file_says_where(self, content: bytes, said: str, folder: Path) -> None:
        (folder / "finopsnb.toml").write_bytes(content)
        with pytest.raises(FinopsError, match=said) as caught:
            read_settings_file()
        assert caught.value.hint
        assert caught.value.__context__ is None

    def test_problems_name_their_place(self, folder: Path) -> None:
        (folder / "finopsnb.toml").write_text('[aws-cur]\nrate = "much"\n')
        found = problems(Modern, GOOD, environ={"FINOPSNB_AWS_CUR_SINCE": "soon"})
        assert found["rate"].endswith("(from finopsnb.toml)")
        assert found["since"].endswith("(from FINOPSNB_AWS_CUR_SINCE)")

    def test_text_of_the_environment_becomes_what_the_field_wants(self) -> None:
        environ = {
            "FINOPSNB_AWS_CUR_PATH": "a,b",
            "FINOPSNB_AWS_CUR_API_KEY": "canary,with,commas",
            "FINOPSNB_AWS_CUR_ACCOUNTS": "1, 2,3",
            "FINOPSNB_AWS_CUR_LIMITS": "a=1,b=2",
            "FINOPSNB_AWS_CUR_DATABASE": '{"host": "h", "password": "canary-json"}',
            "FINOPSNB_AWS_CUR_RATE": "0.5",
            "FINOPSNB_AWS_CUR_REGION": "",
        }
        config = resolved(Modern, environ=environ)
        assert (config.path, config.accounts, config.limits) == ("a,b", ["1", "2", "3"], {"a": 1, "b": 2})
        assert (config.rate, config.region) == (Decimal("0.5"), "eu-west-1")
        assert config.database.password.get_secret_value() == "canary-json"
        assert "canary-json" not in masker.mask("canary-json")

    def test_json_lists_and_bad_json(self) -> None:
        assert resolved(Modern, GOOD, environ={"FINOPSNB_AWS_CUR_ACCOUNTS": '["1", "2,3"]'}).accounts == ["1", "2,3"]
        found = problems(Modern, GOOD, environ={"FINOPSNB_AWS_CUR_DATABASE": '{"password": "canary-bad-json"'})
        assert found["database"].startswith("is not valid JSON")
        assert "canary" not in str(found)

    def test_the_real_environment_is_the_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FINOPSNB_AWS_CUR_PATH", "real")
        assert resolve_config(Modern, META, {"api_key": "canary-e"})[0].path == "real"

    def test_settings_find_and_get(self) -> None:
        _, settings = resolve_config(Plain, META, {"a": 1}, environ={"FINOPSNB_AWS_CUR_B": "env:DEEP", "DEEP": "canary-deep"})
        assert (settings.find("a"), settings.get("a"), settings.find("c"), settings.get("c", 7)) == (1, 1, MISSING, 7)
        assert settings.get("b") == "canary-deep"
        assert isinstance(settings.get("b"), Secret)
        assert len(settings.places("a")) == 3

    def test_settings_find_goes_through_the_places_in_order(self) -> None:
        settings = Settings("x", {"a": "call"}, {"a": "file", "b": "file"}, "f.toml", {"FINOPSNB_X_B": "e", "FINOPSNB_X_C": "e"})
        assert [settings.find(key) for key in "abc"] == ["call", "file", "e"]
        assert [settings.source(key) for key in "abc"] == ["", "f.toml", "FINOPSNB_X_C"]

    def test_settings_get_refuses_what_cannot_be_resolved(self) -> None:
        with pytest.raises(SecretError, match="MISSING_ONE is not set"):
            Settings("x", {}, {}, "f", {"FINOPSNB_X_TOKEN": "env:MISSING_ONE"}).get("token")

    def test_settings_show_nothing(self) -> None:
        settings = Settings("x", {"api_key": "canary-call"}, {}, "f", {"SECRET": "canary-environ"})
        assert repr(settings) == "<Settings of x>"
        assert copy.deepcopy(settings) is settings
        with pytest.raises(TypeError):
            vars(settings)
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(settings)


class TestReferences:
    @pytest.mark.parametrize("cls", [Modern, Plain])
    def test_env_file_and_keyring(self, cls: type, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        class Backend:
            get_password = staticmethod(lambda service, user: f"canary-{service}-{user}")

        monkeypatch.setitem(__import__("sys").modules, "keyring", Backend())
        (folder / "key").write_text("canary-file\n")
        for reference, value in [("env:K", "canary-env"), ("file:key", "canary-file"), ("keyring:s/u", "canary-s-u")]:
            config = resolved(cls, {"path": "x", "api_key": reference}, environ={"K": "canary-env"})
            secret = config["api_key"] if cls is Plain else config.api_key.get_secret_value()
            assert (secret, repr(secret), type(secret)) == (value, "'****'", Secret)
            assert show_config(config)["api_key"] == reference
            assert value not in repr(config)
            assert value not in masker.mask(f"<{value}>")

    def test_in_fields_that_are_not_secret_and_deep_inside(self) -> None:
        call = {
            **GOOD,
            "path": "env:WHERE",
            "accounts": ["env:ONE", "2"],
            "database": {"host": "env:WHERE", "port": "env:PORT"},
        }
        config = resolved(Modern, call, environ={"WHERE": "canary-where", "ONE": "canary-one", "PORT": "12345"})
        assert (config.path, config.accounts) == ("canary-where", ["canary-one", "2"])
        assert (config.database.host, config.database.port) == ("canary-where", 12345)
        assert "canary" not in repr(config)

    def test_in_a_field_whose_text_the_model_changes(self) -> None:
        class Cls:
            class Config(BaseModel):
                where: str = ""

                @field_validator("where")
                @classmethod
                def louder(cls, given: str) -> str:
                    return given.upper()

        config = resolved(Cls, {"where": "env:WHERE"}, environ={"WHERE": "canary-changed"})
        assert config.where == "CANARY-CHANGED"
        assert repr(config) == "Config(where='****')"

    def test_a_list_out_of_one_reference(self) -> None:
        config = resolved(Modern, {**GOOD, "accounts": "env:LIST"}, environ={"LIST": "canary-1, canary-2"})
        assert config.accounts == ["canary-1", "canary-2"]
        assert "canary" not in repr(config)

    def test_a_tag_is_no_reference_but_a_secret_is_always_looked_up(self) -> None:
        config = resolved(Plain, {"filter": "env:prod", "url": "file:///data/x.csv"})
        assert config == {"filter": "env:prod", "url": "file:///data/x.csv"}
        assert "not set" in problems(Plain, {"api_key": "env:prod"})["api_key"]

    def test_all_that_cannot_be_resolved_at_once_and_beside_other_errors(self) -> None:
        call = {
            "path": "file:none",
            "api_key": "env:TOKE",
            "database": {"host": "h", "password": "env:NO"},
            "rate": "x",
        }
        found = problems(Modern, call, environ={"TOKEN": "canary-token"})
        assert set(found) == {"path", "api_key", "database.password", "rate"}
        assert "There is one called TOKEN." in found["api_key"]
        assert "Hint:" in found["api_key"]
        assert "canary" not in str(found)

    def test_a_default_may_be_a_reference(self) -> None:
        class Cls:
            class Config(BaseModel):
                token: SecretStr = SecretStr("env:CHAT_TOKEN")

        assert resolved(Cls, environ={"CHAT_TOKEN": "canary-chat"}).token.get_secret_value() == "canary-chat"
        assert "not set" in problems(Cls)["token"]
        schema = {"token": {"type": "string", "default": "env:CHAT_TOKEN"}}
        assert resolved(Plain, {}, schema, {"CHAT_TOKEN": "canary-chat"}) == {"token": "canary-chat"}

    def test_what_the_call_gives_is_not_resolved_from_the_file(self, folder: Path) -> None:
        (folder / "finopsnb.toml").write_text('[aws-cur]\napi_key = "env:NOT_THERE"\n')
        assert resolved(Modern, GOOD).path == "x.csv"


class Deep(BaseModel):
    word: SecretStr
    blob: SecretBytes | None = None


class Everywhere:
    class Config(BaseModel):
        path: str = "x"
        api_key: SecretStr
        magic: SecretStr
        password: str
        webhook_url: str
        deep: list[Deep]
        by_name: dict[str, SecretStr]
        either: str | SecretStr = "x"
        pinned: Annotated[SecretStr, Field(min_length=3)]
        count: int = 1


def everywhere(value: str) -> dict[str, Any]:
    return {
        "api_key": value, "magic": value, "password": value, "webhook_url": value, "pinned": value,
        "deep": [{"word": value, "blob": value}], "by_name": {"first": value}, "either": SecretStr(value),
    }  # fmt: skip


def failing(config: Any) -> RuntimeError:
    """What a plugin raises that has everything in its hands."""

    class Plugin:
        def __init__(self, config: Any) -> None:
            self.config = config

        def collect(self) -> None:
            config = self.config
            held = [value for _, value in (config if isinstance(config, BaseModel) else config.items())]
            secrets = [value.get_secret_value() for value in held if isinstance(value, SecretStr)]
            raise RuntimeError(f"failed with {len(secrets)} secrets")

    with pytest.raises(RuntimeError) as caught:
        Plugin(config).collect()
    assert caught.value.__traceback__ is not None
    caught.value.__traceback__ = caught.value.__traceback__.tb_next
    return caught.value


def shown(config: Any) -> str:
    """Everything that looks at objects, as one text."""
    from IPython.core.ultratb import VerboseTB
    from IPython.lib.pretty import pretty

    error = failing(config)
    ipython = VerboseTB(theme_name="nocolor").structured_traceback(type(error), error, error.__traceback__)
    plain = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    texts = [
        repr(config),
        str(config),
        f"{config}",
        f"{config!r}",
        pprint.pformat(config),
        pretty(config),
        *ipython,
        *plain,
    ]
    if isinstance(config, BaseModel):
        texts.append(repr(vars(config)))
        texts.append(pprint.pformat(config.model_dump()))
    texts += [
        repr(copy.copy(config)),
        repr(copy.deepcopy(config)),
        json.dumps(show_config(config)),
        rich_of(config, error),
    ]
    return "\n".join([*texts, getattr(config, "_repr_html_", str)()])


def rich_of(config: Any, error: BaseException) -> str:
    console_module = pytest.importorskip("rich.console")
    from rich.pretty import Pretty
    from rich.traceback import Traceback

    console = console_module.Console(file=io.StringIO(), width=300)
    console.print(Pretty(config, max_string=30), Pretty(vars(config) if isinstance(config, BaseModel) else dict(config)))
    console.print(Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True))
    return str(console.file.getvalue())


@pytest.mark.parametrize("value", CANARIES)
class TestNoSecretIsShown:
    def test_by_a_modern_config(self, value: str) -> None:
        config = resolved(Everywhere, everywhere(value))
        assert config.password == value
        assert config.by_name["first"].get_secret_value() == value
        assert hits(value, shown(config)) == []

    def test_by_a_dict_config(self, value: str) -> None:
        config = resolved(Plain, {**everywhere(value), "plain": "env:REFERRED"}, environ={"REFERRED": value})
        config["deep"][0].pop("blob")
        del config["magic"], config["by_name"], config["deep"], config["pinned"]
        assert hits(value, shown(config)) == []

    def test_by_a_dict_config_with_a_schema(self, value: str) -> None:
        config = resolved(Plain, {"path": "x", "passcode": value, "api-key": value}, SCHEMA)
        assert config["passcode"] == value
        assert hits(value, shown(config)) == []

    @pytest.mark.parametrize("make", [lambda v: resolved(Everywhere, everywhere(v)), lambda v: resolved(Plain, {"token": v})])
    def test_in_a_pickle(self, value: str, make: Callable[[str], Any]) -> None:
        config = make(value)
        with pytest.raises(TypeError, match="pickled"):
            pickle.dumps(config)
        for field in getattr(config, "__dict__", {}).values():
            try:
                data = pickle.dumps(field)
            except TypeError:
                continue
            assert value.encode() not in data

    def test_in_a_validation_error_beside_a_secret(self, value: str) -> None:
        call = {**everywhere(value), "count": "many", "unknown": value, "deep": [{"word": value, "wrod": 1}]}
        with pytest.raises(PluginConfigError) as caught:
            resolved(Everywhere, call)
        error = caught.value
        texts = [str(error), repr(error), repr(vars(error)), *error._render_traceback_()]
        texts += ["".join(traceback.format_exception(error))]
        assert set(error.problems) == {"count", "unknown", "deep[0].wrod"}
        assert hits(value, "\n".join(texts)) == []

    def test_in_the_frames_of_a_validation_error(self, value: str) -> None:
        with pytest.raises(PluginConfigError) as caught:
            resolve_config(Everywhere, META, {**everywhere(value), "count": "many"}, environ={"REFERRED": value})
        error = caught.value
        assert error.__traceback__ is not None
        own = error.__traceback__.tb_next  # the first frame is this test's
        captured = traceback.TracebackException(type(error), error, own, capture_locals=True)
        assert hits(value, "".join(captured.format())) == []

    @pytest.mark.parametrize("kind", [ValueError, AssertionError, KeyError, RuntimeError, SystemExit])
    def test_in_what_a_validator_raises(self, value: str, kind: type[BaseException]) -> None:
        class Cls:
            class Config(BaseModel):
                api_key: SecretStr
                note: str = ""

                @field_validator("api_key")
                @classmethod
                def check(cls, given: SecretStr) -> SecretStr:
                    raise kind(given.get_secret_value())

        if kind is SystemExit:
            with pytest.raises(SystemExit):
                resolved(Cls, {"api_key": value})
            return
        with pytest.raises(PluginConfigError) as caught:
            resolved(Cls, {"api_key": value})
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)
        text = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
        assert hits(value, text) == []
        if kind in (KeyError, RuntimeError):
            assert f"Config raised {kind.__name__}" in text
            assert "test_config.py:" in text

    def test_in_what_a_validator_of_the_whole_raises(self, value: str) -> None:
        class Cls:
            class Config(BaseModel):
                magic: SecretStr

                @model_validator(mode="after")
                def check(self) -> Any:
                    raise ValueError(f"bad {self.magic.get_secret_value()!r}")

        assert hits(value, str(problems(Cls, {"magic": value}))) == []

    def test_not_even_a_part_of_it(self, value: str) -> None:
        class Cls:
            class Config(BaseModel):
                api_key: SecretStr

                @field_validator("api_key")
                @classmethod
                def check(cls, given: SecretStr) -> SecretStr:
                    raise ValueError(f"{given.get_secret_value()[:9]}... is not a key")

        assert problems(Cls, {"api_key": value}) == {"api_key": "was refused by its validator"}


def test_a_validators_words_are_kept_where_they_give_nothing_away() -> None:
    class Cls:
        class Config(BaseModel):
            api_key: SecretStr

            @field_validator("api_key")
            @classmethod
            def check(cls, given: SecretStr) -> SecretStr:
                raise ValueError("must start with xoxb-")

    assert problems(Cls, {"api_key": "xoxa-canary"}) == {"api_key": "must start with xoxb-"}


def test_addresses_with_a_secret_in_them_are_hidden_but_work() -> None:
    class Cls:
        class Config(BaseModel):
            webhook_url: HttpUrl
            target: PostgresDsn
            folder: Path

    call = {"webhook_url": "https://hooks.slack.com/canary-url", "target": "env:TARGET", "folder": "env:FOLDER"}
    config = resolved(Cls, call, environ={"TARGET": "postgresql://me:canary-pw@db/x", "FOLDER": "/canary-folder"})
    assert "canary" not in repr(config) + str(vars(config)) + repr(copy.deepcopy(config)) + str(show_config(config))
    assert str(config.webhook_url) == "https://hooks.slack.com/canary-url"
    assert (config.webhook_url.host, config.folder / "x") == ("hooks.slack.com", Path("/canary-folder/x"))
    assert isinstance(config.target, PostgresDsn)
    for value in vars(config).values():
        with pytest.raises(TypeError):
            pickle.dumps(value)


def test_a_frozen_model_is_hidden_too() -> None:
    class Cls:
        class Config(BaseModel):
            model_config = {"frozen": True, "validate_assignment": True}
            token: str

    assert "canary-frozen" not in repr(resolved(Cls, {"token": "canary-frozen"}))


def test_a_config_without_secrets_stays_an_ordinary_one() -> None:
    assert pickle.loads(pickle.dumps(Database(host="h"))) == Database(host="h")
    config = resolved(Plain, {"path": "x"})
    assert (repr(config), dict(config)) == ("{'path': 'x'}", {"path": "x"})


def test_a_config_dict_hides_what_is_put_in_later() -> None:
    config = ConfigDict()
    config["token"] = "canary-later"
    assert "canary-later" not in repr(config) + repr(config.copy()) + repr(copy.copy(config)) + config._repr_html_()
    assert "<" not in ConfigDict({"x": "<b>"})._repr_html_().removeprefix("<pre>").removesuffix("</pre>")


@pytest.mark.parametrize("value", CANARIES)
def test_settings_that_are_kept_hide_literals_and_leave_references(value: str) -> None:
    given = {"api_key": value, "token": "env:NOT_SET", "deep": [{"password": value}], "path": "x"}
    kept = hidden(given)
    assert hits(value, repr(dict(kept)) + repr(kept) + pprint.pformat(dict(kept))) == []
    assert kept == given
    assert resolved(Plain, kept, environ={"NOT_SET": "canary-set"})["token"] == "canary-set"
    assert hidden(None) == {}


class TestTheCallersObjects:
    """A plugin may do what it likes to its settings (fault 19)."""

    @pytest.mark.parametrize("cls", [Modern, Plain])
    def test_are_never_changed(self, cls: type) -> None:
        call = {"path": "x", "api_key": "canary-own", "accounts": ["1"], "database": {"host": "h"}, "limits": {"a": 1}}
        before = copy.deepcopy(call)
        config, other = resolved(cls, call), resolved(cls, call)
        values = config if cls is Plain else vars(config)
        values["accounts"].append("2")
        values["limits"]["b"] = 2
        if cls is Plain:
            values["database"]["host"] = "elsewhere"
            values.clear()
        else:
            values["database"].host = "elsewhere"
        assert call == before
        assert type(call["api_key"]) is str
        assert other == resolved(cls, call)

    def test_not_even_an_empty_container(self) -> None:
        call: dict[str, Any] = {"tags": [], "limits": {}, "deep": {"inner": {}}}
        config = resolved(Plain, call)
        config["tags"].append(1)
        config["limits"]["a"] = 1
        config["deep"]["inner"]["a"] = 1
        assert call == {"tags": [], "limits": {}, "deep": {"inner": {}}}

    def test_defaults_of_a_schema_are_not_shared(self) -> None:
        schema = {"tags": {"type": "array", "default": []}}
        resolved(Plain, {}, schema)["tags"].append("x")
        assert schema["tags"]["default"] == []
        assert resolved(Plain, {}, schema) == {"tags": []}

    def test_what_cannot_be_copied_is_handed_over(self) -> None:
        lock = threading.Lock()
        assert resolved(Plain, {"lock": lock, "deep": [lock]})["deep"][0] is lock


class TestDescribeFields:
    def test_of_a_model(self) -> None:
        rows = {row["key"]: row for row in describe_fields(Modern)}
        assert list(rows) == [
            "path", "api_key", "region", "grain", "accounts", "limits",
            "database.host", "database.port", "database.password", "since", "rate",
        ]  # fmt: skip
        assert rows["path"] == {
            "key": "path",
            "type": "str",
            "required": True,
            "default": None,
            "description": "What to read",
            "secret": False,
            "choices": [],
        }
        assert (rows["region"]["choices"], rows["grain"]["choices"]) == (
            ["eu-west-1", "us-east-1"],
            ["daily", "hourly"],
        )
        assert (rows["grain"]["default"], rows["rate"]["type"], rows["accounts"]["type"]) == (
            "daily",
            "Decimal",
            "list[str]",
        )
        assert [key for key, row in rows.items() if row["secret"]] == ["api_key", "database.password"]
        assert [key for key, row in rows.items() if row["required"]] == ["path", "api_key"]
        assert describe_fields(Modern.Config) == list(rows.values())
        json.dumps(list(rows.values()))

    def test_of_a_schema(self) -> None:
        rows = {row["key"]: row for row in describe_fields(Strict, PluginMetadata(name="x", config_schema=SCHEMA))}
        assert set(rows) == {*SCHEMA["properties"], "api_key", "endpoint"} - {"proxy"} | {"proxy.port"}
        assert (rows["retries"]["type"], rows["retries"]["default"]) == ("int", 3)
        assert {key for key, row in rows.items() if row["secret"]} == {"api-key", "passcode", "api_key"}
        assert {key for key, row in rows.items() if row["required"]} == {"path", "api_key", "endpoint"}

    def test_of_neither(self) -> None:
        assert describe_fields(Plain, META) == []
        assert model_of(Plain, META) is None

    def test_a_secret_default_is_covered_and_a_reference_is_not(self) -> None:
        class Config(BaseModel):
            token: SecretStr = SecretStr("canary-default")
            password: str = "canary-default"
            key: SecretStr = SecretStr("env:KEY")
            made: list[str] = Field(default_factory=lambda: ["canary-default"])
            tokens_per_day: int = 5

        rows = {row["key"]: row["default"] for row in describe_fields(Config)}
        assert rows == {"token": "****", "password": "****", "key": "env:KEY", "made": None, "tokens_per_day": 5}

    def test_of_a_model_that_holds_itself(self) -> None:
        class Node(BaseModel):
            name: str = ""
            child: Optional[Node] = None  # noqa: UP045

        Node.model_rebuild(_types_namespace={"Node": Node, "Optional": Optional})
        assert len(describe_fields(Node)) < 20

    def test_metadata_is_read_from_the_class(self) -> None:
        class AsProperty:
            SCHEMA: ClassVar = {"path": "string"}

            @property
            def metadata(self) -> PluginMetadata:
                return PluginMetadata(name="x", config_schema=self.SCHEMA)

        class AsAttribute:
            metadata = PluginMetadata(name="x", config_schema={"path": "string"})

        for cls in (AsProperty, AsAttribute):
            assert [row["key"] for row in describe_fields(cls)] == ["path"]

    @pytest.mark.parametrize("error", [RuntimeError("no"), SystemExit(3)])
    def test_metadata_that_cannot_be_read(self, error: BaseException) -> None:
        class Cls:
            @property
            def metadata(self) -> PluginMetadata:
                raise error

        with pytest.raises(PluginMetadataError, match="cannot be read"):
            describe_fields(Cls)


@pytest.mark.parametrize(("cls", "schema"), [(Modern, None), (Plain, None), (Plain, SCHEMA)])
@pytest.mark.parametrize("in_the_environment", [False, True])
def test_what_opens_an_address_is_hidden_in_every_style(cls: type, schema: Any, in_the_environment: bool) -> None:
    address, shown = "https://me:canary-address@host/a?sig=canary", "https://****@host/a?sig=****"
    given = {"path": address, "api_key" if schema is None else "api-key": "a-key"}
    environ = {"FINOPSNB_AWS_CUR_PATH": given.pop("path")} if in_the_environment and cls is not Plain else {}
    config = resolved(cls, given, schema, environ)
    assert show_config(config)["path"] == shown
    assert (config["path"] if cls is Plain else config.path) == address
    assert "canary" not in f"{config!r} {copy.deepcopy(config)!r} {hidden(given)!r}"


def test_show_config_of_nothing_and_of_a_model() -> None:
    assert show_config(None) == {}
    config = resolved(Modern, {**GOOD, "database": {"host": "h"}, "rate": "1.50"})
    shown = show_config(config)
    assert (shown["api_key"], shown["rate"], shown["grain"]) == ("****", "1.50", "daily")
    assert shown["database"] == {"host": "h", "port": 5432, "password": None}


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["path", "api_key", "region", "accounts", "limits", "database", "since", "rate", "api-key", "proxy"])


@pytest.mark.parametrize(("cls", "schema"), [(Modern, None), (Plain, SCHEMA), (Plain, None)])
@settings(deadline=None)
@given(call=st.dictionaries(KEYS | st.text(max_size=6), ANY, max_size=6))
def test_any_settings_are_taken_or_refused_key_by_key(cls: type, schema: Any, call: dict[str, Any]) -> None:
    before = repr(call)
    outcome = outcome_of(cls, {**call, "database": {"host": "h", "password": "canary-fuzz-Zq7"}}, schema)
    assert "canary-fuzz" not in str(outcome) + repr(outcome)
    assert outcome.problems if isinstance(outcome, PluginConfigError) else json.dumps(show_config(outcome))
    assert repr(call) == before


def outcome_of(cls: type, call: dict[str, Any], schema: Any) -> Any:
    try:
        return resolved(cls, call, schema)
    except PluginConfigError as error:
        return error
