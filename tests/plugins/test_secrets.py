"""A canary secret goes through every surface, and is seen nowhere (faults 45 and 47)."""

from __future__ import annotations

import base64
import copy
import html
import io
import json
import logging
import pickle
import pprint
import subprocess
import sys
import threading
import traceback
import urllib.parse
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from finopsnb.errors import SecretError
from finopsnb.plugins.secrets import Address, Masker, MaskingFilter, Secret, is_reference, is_secret_name, masker, resolve

#: of every kind that breaks a naive search: an address, both quotes, newlines, more than rich's 80 characters
CANARIES = [
    "canary-Zq7Xw2LpT9",
    "https://hooks.slack.com/services/T0/B0/canary/Zq7?x=1&y=2",
    'it\'s "canary" \\ <Zq7> & %41+é',
    "-----BEGIN KEY-----\ncanaryZq7Xw2LpT9canaryZq7Xw2LpT9\nZq8Xw2LpT9canaryZq7Xw2LpT9\n-----END KEY-----",
    "canary" + "Zq7Xw2LpT9" * 12,
    "postgresql://me:canary-Zq7!pw@db.example.com/costs",
]


def forms(value: str) -> list[str]:
    """The ways in which the fault list says that a canary must not be found."""
    data = value.encode()
    encoded = [base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()]
    quoted = [urllib.parse.quote(value), urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value)]
    escaped = [repr(value)[1:-1], json.dumps(value)[1:-1], html.escape(value), ascii(value)[1:-1]]
    return [value, *encoded, *(text.rstrip("=") for text in encoded), *quoted, *escaped]


def hits(value: str, text: str) -> list[str]:
    return [form for form in forms(value) if form in text]


@pytest.fixture
def own() -> Masker:
    return Masker()


class Holder:
    def __init__(self, value: str) -> None:
        self.api_key = Secret(value)

    def fail(self) -> None:
        token = self.api_key
        header = "Bearer " + token
        start = token[:90]
        settings = {"nested": [token, {"header": header, "start": start}]}
        raise RuntimeError(f"it failed with {len(settings)} settings")


def failure(value: str) -> RuntimeError:
    with pytest.raises(RuntimeError) as caught:
        Holder(value).fail()
    # the frame of this test has the value as an ordinary string
    caught.value.__traceback__ = caught.value.__traceback__.tb_next
    return caught.value


@pytest.mark.parametrize("value", CANARIES)
class TestSecretShowsItselfNowhere:
    def test_in_what_looks_at_objects(self, value: str) -> None:
        holder = Holder(value)
        shown = [repr(holder.api_key), str(vars(holder)), pprint.pformat(vars(holder)), repr([holder.api_key])]
        assert hits(value, "\n".join(shown)) == []
        assert holder.api_key == value

    def test_in_rich(self, value: str) -> None:
        rich = pytest.importorskip("rich.console")
        from rich.pretty import pretty_repr
        from rich.traceback import Traceback

        error = failure(value)
        console = rich.Console(file=io.StringIO(), width=400)
        console.print(Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True))
        text = console.file.getvalue() + pretty_repr({"key": Secret(value)}, max_string=20)
        assert "settings = " in text
        assert hits(value, text) == []
        assert value[:20] not in text

    def test_in_a_verbose_traceback_of_ipython(self, value: str) -> None:
        from IPython.core.ultratb import VerboseTB

        error = failure(value)
        text = "\n".join(VerboseTB(theme_name="nocolor").structured_traceback(type(error), error, error.__traceback__))
        assert "token" in text
        assert "****" in text
        assert hits(value, text) == []

    def test_in_a_traceback_with_variables(self, value: str) -> None:
        captured = traceback.TracebackException.from_exception(failure(value), capture_locals=True)
        assert hits(value, "".join(captured.format())) == []

    def test_in_ipythons_pretty_printer(self, value: str) -> None:
        from IPython.lib.pretty import pretty

        assert hits(value, pretty({"key": Secret(value), "list": [Secret(value)]})) == []

    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    def test_in_a_pickle(self, value: str, protocol: int) -> None:
        with pytest.raises(TypeError, match="cannot be pickled") as caught:
            pickle.dumps(Holder(value), protocol)
        assert hits(value, str(caught.value)) == []

    def test_in_a_copy(self, value: str) -> None:
        secret = Secret(value, "env:X")
        for twin in (copy.copy(secret), copy.deepcopy([secret])[0], copy.deepcopy(Holder(value)).api_key):
            assert repr(twin) == "'****'"
            assert twin == value

    def test_in_logs(self, value: str) -> None:
        masker.add(value)
        text = logged(lambda log: fail_and_log(log, value))
        assert "request to" in text
        assert "Traceback" in text
        assert hits(value, text) == []

    def test_in_masked_text_of_every_form(self, value: str, own: Masker) -> None:
        own.add(value)
        text = " | ".join([*forms(value), f"Basic {base64.b64encode(f'user:{value}'.encode()).decode()}"])
        masked = own.mask(text)
        assert hits(value, masked) == []
        assert masked.startswith("****")
        assert own.mask(own.mask(text)) == masked


def fail_and_log(log: logging.Logger, value: str) -> None:
    log.warning("request to %s with %r", f"https://x/?t={value}", {"t": value}, extra={"sent": f"Bearer {value}"})
    try:
        raise ValueError(f"token {value} was refused")
    except ValueError:
        log.exception("it failed")


def logged(act: Any) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(message)s %(sent)s", defaults={"sent": ""}))
    handler.addFilter(MaskingFilter())
    log = logging.getLogger("finopsnb.test.secrets")
    log.propagate = False
    log.addHandler(handler)
    try:
        act(log)
    finally:
        log.removeHandler(handler)
    return stream.getvalue()


def test_a_secret_works_where_a_string_does() -> None:
    secret = Secret("s3cr3t", "env:X")
    assert (f"{secret}", str(secret), secret.encode(), json.dumps(secret)) == (
        "s3cr3t",
        "s3cr3t",
        b"s3cr3t",
        '"s3cr3t"',
    )
    assert ("Bearer " + secret, secret + "!", secret[1:3], secret.strip()) == (
        "Bearer s3cr3t",
        "s3cr3t!",
        "3c",
        "s3cr3t",
    )
    assert {"s3cr3t": 1}[secret] == 1
    assert type(str(secret)) is str


def test_log_records_without_a_secret_keep_their_traceback_and_arguments() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "%d rows", (3,), (ValueError, ValueError("plain"), None))
    assert MaskingFilter().filter(record)
    assert (record.args, record.exc_info[0]) == ((3,), ValueError)


def test_a_wrong_format_string_is_left_to_logging() -> None:
    assert MaskingFilter().filter(logging.LogRecord("x", logging.INFO, "f", 1, "%d rows", ("many",), None))


def test_the_password_of_an_address_and_the_lines_of_a_key_are_covered_alone(own: Masker) -> None:
    own.add("postgresql://me:s3cr%21t-pw@db/costs")
    own.add('{"key": "first-line-of-the-key\\nsecond-line-of-the-key\\n"}')
    assert own.mask("password s3cr!t-pw, s3cr%21t-pw") == "password ****, ****"
    assert own.mask("second-line-of-the-key") == "****"


@pytest.mark.parametrize("value", ["", "abc", "   a  ", "****", "********"])
def test_values_that_would_take_every_word_are_not_covered_in_text(value: str, own: Masker) -> None:
    own.add(value)
    assert own.mask("abc **** a b c ********") == "abc **** a b c ********"


LETTERS = st.text(st.characters(codec="utf-8", exclude_characters="*", exclude_categories=["Cs"]), min_size=4, max_size=40)


@settings(deadline=None)
@given(secrets=st.lists(LETTERS, min_size=1, max_size=3), around=st.lists(st.text(max_size=12), min_size=2, max_size=5))
def test_no_form_of_a_secret_outlives_the_masker(secrets: list[str], around: list[str]) -> None:
    own = Masker()
    for secret in secrets:
        own.add(secret)
    parts = [form for secret in secrets for form in forms(secret.strip())]
    text = "".join(part + around[number % len(around)] for number, part in enumerate(parts))
    masked = own.mask(text)
    for secret in (s.strip() for s in secrets if len(s.strip()) >= 4):
        assert secret not in masked
        assert repr(secret)[1:-1] not in masked


@settings(deadline=None)
@given(prefix=st.binary(max_size=9), suffix=st.binary(max_size=9), url=st.booleans())
def test_base64_is_found_at_any_offset_in_a_longer_payload(prefix: bytes, suffix: bytes, url: bool) -> None:
    own = Masker()
    own.add("canary-Zq7Xw2LpT9?>~")
    encode = base64.urlsafe_b64encode if url else base64.b64encode
    masked = own.mask(encode(prefix + b"canary-Zq7Xw2LpT9?>~" + suffix).decode())
    assert "****" in masked
    decoded = base64.b64decode(masked.partition("****")[0].ljust(40, "A")[:40], altchars=b"-_" if url else None)
    assert b"cana" not in decoded


@settings(deadline=None)
@given(st.text(max_size=200))
def test_text_without_a_secret_is_not_touched(text: str) -> None:
    own = Masker()
    own.add("canary-Zq7Xw2LpT9")
    assert own.mask(text) == text


def test_overlapping_secrets_leave_no_rest(own: Masker) -> None:
    own.add("abcd1234")
    own.add("1234wxyz")
    assert own.mask("<abcd1234wxyz>") == "<****>"


def test_the_masker_itself_shows_nothing(own: Masker) -> None:
    own.add(CANARIES[0])
    assert hits(CANARIES[0], repr(own) + str(vars(own))) == []
    with pytest.raises(TypeError):
        pickle.dumps(own)


def test_the_masker_may_be_used_from_threads(own: Masker) -> None:
    values = [f"canary-{n:04d}-secret" for n in range(200)]
    threads = [threading.Thread(target=lambda part=values[n::4]: [own.add(v) for v in part]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "canary" not in own.mask(" ".join(values))


class Colour(Enum):
    RED = "red"


def test_mask_value_gives_json_able_data(own: Masker) -> None:
    own.add("hunter2-hunter2")
    data = {
        "path": Path("x.csv"),
        "note": "uses hunter2-hunter2",
        "rate": Decimal("1.50"),
        "nan": float("nan"),
        "colour": Colour.RED,
        "tags": {"b", "a"},
        "api_key": "literal",
        "password": None,
        "use_token": True,
        "token": Secret("x", "env:TOKEN"),
        "client_secret": "env:CLIENT",
        7: ("t", [Secret("y")], b"z"),
        "credentials": {"user": "me", "word": "w"},
    }
    shown = own.mask_value(data)
    assert json.loads(json.dumps(shown, allow_nan=False)) == {
        "path": "x.csv",
        "note": "uses ****",
        "rate": "1.50",
        "nan": "nan",
        "colour": "red",
        "tags": ["a", "b"],
        "api_key": "****",
        "password": None,
        "use_token": True,
        "token": "env:TOKEN",
        "client_secret": "env:CLIENT",
        "7": ["t", ["****"], "b'z'"],
        "credentials": "****",
    }


@pytest.mark.parametrize(
    ("address", "shown", "covered"),
    [
        ("https://host/bill.csv?month=2026-10", "", []),
        ("https://host/bill.csv?from=2026-10-01T00%3A00%3A00Z", "", []),
        ("s3://bucket/2026/?.csv", "", []),
        ("abfss://container@account.dfs.core.windows.net/a.csv", "", []),
        ("C:/bill.csv?token=canary", "", []),
        ("https://me:can%40ary@host/a.csv", "https://****@host/a.csv", ["can%40ary", "can@ary"]),
        ("postgresql://me:can@ary@host/costs", "postgresql://****@host/costs", ["can@ary"]),
        ("https://canary@host/", "https://****@host/", ["canary"]),
        ("https://canary:@host/", "https://****@host/", ["canary"]),
        ("https://canary-0123456789:x-oauth@host/", "https://****@host/", ["canary-0123456789"]),
        ("https://host/a?sv=1&sig=canary#x", "https://host/a?sv=1&sig=****#x", ["canary"]),
        ("https://host/a?X-Amz-Credential=canary", "https://host/a?X-Amz-Credential=****", ["canary"]),
        ("https://host/a?any=canary-0123456789", "https://host/a?any=****", ["canary-0123456789"]),
        ("https://host/a?canary-0123456789", "https://host/a?****", ["canary-0123456789"]),
        ("https://host/a#access_token=canary", "https://host/a#access_token=****", ["canary"]),
    ],
)
def test_an_address_shows_itself_without_what_opens_it(own: Masker, address: str, shown: str, covered: list[str]) -> None:
    hidden = own.hide(address, secret=False)
    assert hidden == address
    assert isinstance(hidden, Address) == bool(shown)
    assert repr(hidden) == repr(shown or address)
    assert own.mask_value({"path": address, "paths": [hidden]}) == {"path": shown or address, "paths": [shown or address]}
    assert [own.mask(f"it says {text}") for text in covered] == ["it says ****"] * len(covered)
    assert own.mask(address) == address if not shown else own.mask(address) != address


def test_an_address_under_the_name_of_a_secret_is_hidden_whole(own: Masker) -> None:
    address = own.hide("https://me:canary@host/path", secret=False)
    assert own.mask_value({"webhook_url": address}) == {"webhook_url": "****"}
    assert repr(own.hide(address, secret=True)) == "'****'"
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(address)


def test_mask_value_survives_an_object_that_cannot_be_printed(own: Masker) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError

    assert own.mask_value([Broken()]) == ["<Broken>"]


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "DB_PASSWORD",
        "passwd",
        "pwd",
        "secret",
        "client_secret",
        "token",
        "accessToken",
        "api_key",
        "apikey",
        "API-KEY",
        "private_key",
        "aws.secret_access_key",
        "credential",
        "credentials",
        "webhook_url",
        "slackWebhook",
        "authorization",
        "connection_string",
        "dsn",
        "account_key",
        "database_url",
        "session_token",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "path",
        "key",
        "row_key",
        "monkey",
        "author",
        "secretary",
        "tokenizer",
        "password_file",
        "token_url",
        "max_tokens",
        "input_tokens",
        "cost_per_token",
        "secret_name",
        "token_count",
        "webhook_timeout",
        "url",
        "keys",
        "7",
    ],
)
def test_names_of_other_settings(name: object) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize("value", ["env:X", "file:/a b", "keyring:a/b"])
def test_references(value: str) -> None:
    assert is_reference(value)


@pytest.mark.parametrize("value", ["", "env:", "env: ", "file:///x.csv", "https://x", "prod", 5, None, Secret("env:X")])
def test_no_references(value: object) -> None:
    assert not is_reference(value)


def test_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINOPSNB_TEST_TOKEN", "canary-environment")
    secret = resolve("env:FINOPSNB_TEST_TOKEN")
    assert (secret, secret.reference) == ("canary-environment", "env:FINOPSNB_TEST_TOKEN")
    assert masker.mask("got canary-environment") == "got ****"


def test_a_missing_variable_names_the_near_one_and_how_to_set_it() -> None:
    with pytest.raises(SecretError) as caught:
        resolve("env:SLACK_TOKN", {"SLACK_TOKEN": "canary-value", "HOME": "/"})
    assert "SLACK_TOKN is not set" in caught.value.what
    assert "SLACK_TOKEN" in caught.value.why
    assert "getpass" in caught.value.hint
    assert "canary-value" not in str(caught.value)


def test_an_empty_variable_is_refused() -> None:
    with pytest.raises(SecretError, match="X is empty"):
        resolve("env:X", {"X": ""})


def test_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\ufeff\n canary-file\n\n", encoding="utf-8")
    assert resolve(f"file:{tmp_path / 'token'}") == "canary-file"


def test_a_file_of_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "token").write_text("canary-home")
    assert resolve("file:~/token") == "canary-home"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"canary\xff\xfe", "not UTF-8"),
        (b"c" * (64 * 1024 + 1), "larger than 64 KiB"),
    ],
)
def test_files_that_cannot_be_a_secret(content: bytes, problem: str, tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(SecretError, match=problem) as caught:
        resolve(f"file:{tmp_path / 'token'}")
    assert "chmod 600" in caught.value.hint
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


def test_a_file_of_just_64_kib(tmp_path: Path) -> None:
    (tmp_path / "token").write_bytes(b"c" * (64 * 1024))
    assert len(resolve(f"file:{tmp_path / 'token'}")) == 64 * 1024


@pytest.mark.parametrize(("name", "problem"), [("none", "does not exist"), (".", "not a regular file"), ("a\0b", "cannot be used")])
def test_files_that_are_none(name: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SecretError, match=problem) as caught:
        resolve(f"file:{name}")
    assert str(tmp_path) in caught.value.why


class FakeKeyring:
    """A keyring backend with one secret."""

    def get_password(self, service: str, user: str) -> str | None:
        if service == "broken":
            raise RuntimeError("canary-in-the-backend")
        return {("https://x/y", "me"): "canary-keyring"}.get((service, user))


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", FakeKeyring())


@pytest.mark.usefixtures("keyring")
def test_from_the_keyring_with_slashes_in_the_service() -> None:
    assert resolve("keyring:https://x/y/me") == "canary-keyring"
    assert masker.mask("canary-keyring") == "****"


@pytest.mark.usefixtures("keyring")
@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("keyring:slack/you", 'keyring set "slack" "you"'),
        ("keyring:slack", "SERVICE/USER"),
        ("keyring:broken/me", "RuntimeError"),
    ],
)
def test_what_the_keyring_does_not_have(reference: str, said: str) -> None:
    with pytest.raises(SecretError) as caught:
        resolve(reference)
    assert said in str(caught.value)
    assert "canary" not in str(caught.value)
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)


def test_a_real_keyring_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = pytest.importorskip("keyring")
    from keyring.backend import KeyringBackend

    class InMemory(KeyringBackend):
        priority = 1

        def get_password(self, service: str, username: str) -> str:
            return f"canary-{service}-{username}"

        def set_password(self, service: str, username: str, password: str) -> None:
            raise NotImplementedError

    before = keyring.get_keyring()
    keyring.set_keyring(InMemory())
    try:
        assert resolve("keyring:slack/me") == "canary-slack-me"
    finally:
        keyring.set_keyring(before)


def test_without_the_package_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SecretError) as caught:
        resolve("keyring:slack/me")
    assert caught.value.hint == 'pip install "finopsnb[keyring]"'


@pytest.mark.parametrize("text", ["canary-literal", "env:", "", "s3:x"])
def test_what_is_no_reference_is_not_repeated(text: str) -> None:
    with pytest.raises(SecretError) as caught:
        resolve(text)
    assert "canary" not in str(caught.value)


def test_importing_pulls_in_neither_pydantic_nor_keyring() -> None:
    code = "import sys, finopsnb.plugins.config; print({'pydantic', 'keyring'} & {*sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout.strip() == "set()"


class Refuses(Exception):
    """Its text comes from elsewhere than its arguments, as that of OSError and pydantic's does."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def __str__(self) -> str:
        return self.text


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except type(error) as caught:
        return caught


@pytest.mark.parametrize("value", CANARIES)
@pytest.mark.parametrize("kind", [ValueError, KeyError, Refuses, SystemExit])
def test_an_exception_that_tells_a_secret_is_covered(value: str, kind: type[BaseException], own: Masker) -> None:
    own.add(value)
    error = raised(kind(f"Bearer {value}"))
    error.add_note(f"with {value}")
    masked = own.mask_error(error)
    printed = "".join(traceback.format_exception(masked))
    assert hits(value, printed) == []
    assert f"{kind.__name__}: " in printed
    assert "in raised" in printed


def test_so_is_its_cause(own: Masker) -> None:
    own.add(CANARIES[0])
    error = own.mask_error(raised(RuntimeError("plain"), raised(ValueError(CANARIES[0]))))
    assert CANARIES[0] not in "".join(traceback.format_exception(error))


def test_a_deep_chain_is_cut_where_it_tells(own: Masker) -> None:
    own.add(CANARIES[0])
    deep = raised(KeyError("k"), raised(TypeError("t"), raised(Refuses(CANARIES[0]))))
    assert CANARIES[0] not in "".join(traceback.format_exception(own.mask_error(deep)))


@pytest.mark.parametrize("error", [ValueError("plain"), Unprintable()])
def test_an_exception_that_tells_nothing_stays_the_same(error: Exception, own: Masker) -> None:
    own.add(CANARIES[0])
    assert own.mask_error(error) is error


def test_mask_value_takes_settings_with_a_field_called_keys(own: Masker) -> None:
    class Settings(BaseModel):
        keys: list[str] = ["team"]

    assert own.mask_value(Settings()) == {"keys": ["team"]}
