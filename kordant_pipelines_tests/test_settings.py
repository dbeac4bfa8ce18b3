"""What an operator sets, what it means, and how a mistake is told without telling a secret."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError
from sqlalchemy.engine import make_url

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.settings import Settings, load_settings

SECRET = "s3cretpart"
URL_VARIABLES = ["KORDANT_DATABASE_URL", "KORDANT_DAGSTER_DATABASE_URL"]
VARIABLES = {f"KORDANT_{name}".upper(): name for name in Settings.model_fields}
SECRET_VARIABLES = [name for name in VARIABLES if name.endswith(("_URL", "_KEY", "_TOKEN"))]

SetTo = Callable[..., None]


@pytest.fixture(autouse=True)
def set_to(monkeypatch: pytest.MonkeyPatch) -> SetTo:
    """Begins with none of our variables set; sets some."""
    for name in os.environ:
        if name.upper().startswith("KORDANT_"):
            monkeypatch.delenv(name)

    def set_them(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"KORDANT_{name}", value)

    return set_them


def refusal() -> str:
    """Why the environment is refused; neither the sentence nor its traceback shows a secret."""
    with pytest.raises(Misconfigured) as refused:
        load_settings()
    assert SECRET not in "".join(traceback.format_exception(refused.value))
    return str(refused.value)


def is_refused() -> bool:
    """Whether the environment is refused."""
    try:
        load_settings()
    except Misconfigured:
        return True
    return False


def test_unset_means_embedded_servers_and_no_providers() -> None:
    read = load_settings()
    assert read.home.is_absolute()
    assert read.home.name == "kordant"
    unset = (read.database_url, read.dagster_database_url, read.broker_url, read.keyring_file)
    assert unset == (None,) * 4
    assert (read.hibp_api_key, read.leakcheck_api_key) == (None, None)
    assert (read.host, read.port) == ("127.0.0.1", 3000)  # nothing listens wider unasked
    assert read.hibp_url == "https://haveibeenpwned.com/api/v3"
    assert read.leakcheck_url == "https://leakcheck.io/api/v2"


def test_reports_are_kept_under_home_unless_a_place_is_named(set_to: SetTo) -> None:
    set_to(HOME="/srv/with space")
    assert load_settings().report_store == "file:///srv/with space/reports"
    for url in ("s3://a-bucket", "s3://a.bucket/pre/fix", "file:///mnt/reports"):
        set_to(REPORTS_URL=url)
        assert load_settings().report_store == url


def test_set_to_nothing_is_unset(set_to: SetTo) -> None:
    defaults = load_settings()
    set_to(**{variable.removeprefix("KORDANT_"): "" for variable in VARIABLES})
    assert load_settings() == defaults


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_what_is_set_is_read(set_to: SetTo, tmp_path: Path) -> None:
    set_to(
        HOME=str(tmp_path),
        BROKER_URL="unix:///run/valkey.sock?db=2",
        PORT="0",
        WORKER_CONCURRENCY="16",
        DRAIN_SECONDS="0",
        HIBP_API_KEY="0" * 32,
        HIBP_URL="http://127.0.0.1:8123/hibp/api/v3",
        PROVIDER_TIMEOUT_SECONDS="2.5",
    )
    read = load_settings()
    assert read.home == tmp_path
    assert read.broker_url == "unix:///run/valkey.sock?db=2"
    assert (read.port, read.drain_seconds, read.provider_timeout_seconds) == (0, 0, 2.5)
    assert read.hibp_api_key == SecretStr("0" * 32)
    assert read.hibp_url == "http://127.0.0.1:8123/hibp/api/v3"
    assert read.run_slots == 16


def test_the_slots_of_all_hosts_are_the_limit_if_there_is_one(set_to: SetTo) -> None:
    set_to(WORKER_CONCURRENCY="4", MAX_CONCURRENT_RUNS="32")
    assert load_settings().run_slots == 32


@pytest.mark.parametrize("name", ["HOME", "KEYRING_FILE"])
@pytest.mark.parametrize(
    ("written", "meant"),
    [("state/here", Path.cwd() / "state/here"), ("~/here", Path.home() / "here")],
)
def test_a_path_means_the_same_in_every_process(
    set_to: SetTo, name: str, written: str, meant: Path
) -> None:
    set_to(**{name: written})
    assert getattr(load_settings(), name.lower()) == meant


@pytest.mark.parametrize("name", URL_VARIABLES)
@pytest.mark.parametrize(
    ("given_url", "normal"),
    [
        ("postgresql://db/kordant", "postgresql+psycopg2://db/kordant"),
        ("postgresql+psycopg://db/kordant", "postgresql+psycopg2://db/kordant"),
        ("postgresql+psycopg2://db/kordant", "postgresql+psycopg2://db/kordant"),
        (
            "postgresql://me:p%40ss@db:5433/kordant?sslmode=require",
            "postgresql+psycopg2://me:p%40ss@db:5433/kordant?sslmode=require",
        ),
        (
            "postgresql://me@/kordant?host=/run/pg",
            "postgresql+psycopg2://me@/kordant?host=%2Frun%2Fpg",
        ),
    ],
)
def test_a_postgres_url_names_the_driver_we_ship(
    set_to: SetTo, name: str, given_url: str, normal: str
) -> None:
    set_to(**{name.removeprefix("KORDANT_"): given_url})
    assert getattr(load_settings(), VARIABLES[name]) == normal


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1))
def test_any_password_survives(password: str) -> None:
    read = Settings(database_url=f"postgresql://me:{quote(password, safe='')}@db/kordant")
    assert read.database_url is not None
    assert make_url(read.database_url).password == password
    again = Settings(database_url=read.database_url)
    assert again.database_url == read.database_url


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_broker_urls_pass_as_they_are(set_to: SetTo, scheme: str) -> None:
    url = f"{scheme}://:{SECRET}@valkey:6380/1"
    set_to(BROKER_URL=url)
    assert load_settings().broker_url == url


WRONG = [
    ("DATABASE_URL", f"kordant:{SECRET}@db", "write postgresql://user:password@host:5432/kordant"),
    ("DATABASE_URL", f"mysql://me:{SECRET}@db/k", "must name a Postgres database: postgresql://"),
    ("DATABASE_URL", f"postgresql://me:{SECRET}@db", "must name a Postgres database"),
    # Unquoted, a password spills over into what is taken for the port.
    ("DATABASE_URL", f"postgresql://me:p@ss:{SECRET}@db/k", "write postgresql://user:password@"),
    ("DAGSTER_DATABASE_URL", f"sqlite:///{SECRET}.db", "must name a Postgres database"),
    ("BROKER_URL", f"amqp://me:{SECRET}@mq", "must be redis://host:6379/0, rediss://"),
    ("BROKER_URL", f"redis://:{SECRET}@valkey:no/0", "or unix:///path/valkey.sock?db=0"),
    ("HIBP_URL", f"haveibeenpwned.com/{SECRET}", "write https://host/path"),
    ("HIBP_URL", f"https://{SECRET}\u2100.com/", "write https://host/path"),
    ("LEAKCHECK_URL", f"ftp://{SECRET}@leakcheck.io", "write https://host/path"),
    ("LEAKCHECK_URL", f"https://me:{SECRET}@leakcheck.io:port/", "write https://host/path"),
    ("HIBP_API_KEY", f"{SECRET}\n", "paste the key alone"),
    ("HIBP_API_KEY", SECRET, "32 hexadecimal characters"),
    ("HIBP_URL", f"https://hibp.example/api?key={SECRET}", "write https://host/path"),
    ("HIBP_KEY", SECRET, "no such setting; did you mean KORDANT_HIBP_API_KEY?"),
    ("LEAKCHECK_API_KEY", f"key {SECRET}", "paste the key alone"),
    ("SMTP_URL", f"smtp://me:{SECRET}@mail:no", "write smtp://user:password@host:587"),
    ("SMTP_URL", f"imap://me:{SECRET}@mail", "or smtps://"),
    ("PUBLIC_URL", f"kordant.example/{SECRET}", "write https://host/path"),
    ("EMAIL_FROM", "alerts", 'write "Kordant <alerts@example.com>"'),
    ("RESEND_API_KEY", f"re {SECRET}", "paste the key alone"),
    ("TWILIO_AUTH_TOKEN", f"{SECRET} ", "paste the key alone"),
    ("TWILIO_ACCOUNT_SID", "SK123", "should match pattern"),
    ("PORT", "http", "valid integer, unable to parse string as an integer (it is 'http')"),
    ("PORT", "70000", "less than or equal to 65535 (it is '70000')"),
    ("PORT", "-1", "greater than or equal to 0 (it is '-1')"),
    ("WORKER_CONCURRENCY", "0", "greater than or equal to 1 (it is '0')"),
    ("WORKER_CONCURRENCY", "257", "less than or equal to 256 (it is '257')"),
    ("MAX_CONCURRENT_RUNS", "0", "greater than or equal to 1 (it is '0')"),
    ("DRAIN_SECONDS", "-5", "greater than or equal to 0 (it is '-5')"),
    ("PROVIDER_TIMEOUT_SECONDS", "0", "greater than 0 (it is '0')"),
    ("PROVIDER_TIMEOUT_SECONDS", "nan", "greater than 0 (it is 'nan')"),
    ("PROVIDER_PATIENCE_SECONDS", "-0.5", "greater than or equal to 0 (it is '-0.5')"),
    ("LOOKUPS_AT_ONCE", "101", "less than or equal to 100 (it is '101')"),
    ("CATALOGUE_MAX_AGE_MINUTES", "an hour", "valid integer"),
    ("REPORTS_URL", "reports", "write file:///folder or s3://bucket/prefix"),
    ("REPORTS_URL", f"https://{SECRET}@bucket/reports", "write file:///folder or s3://"),
    ("REPORTS_URL", f"s3://{SECRET}@bucket/reports", "write file:///folder or s3://"),
    ("REPORT_LINK_DAYS", "0", "greater than or equal to 1 (it is '0')"),
    ("KEYRING_FILE", "~nobody-has-this-name/keys", "write the whole path (it is '~nobody"),
    ("HOME", "~nobody-has-this-name", "write the whole path (it is '~nobody"),
]


@pytest.mark.parametrize(("name", "value", "remedy"), WRONG)
def test_a_wrong_variable_is_named_with_its_remedy(
    set_to: SetTo, name: str, value: str, remedy: str
) -> None:
    set_to(**{name: value})
    told = refusal()
    [line] = told.splitlines()[1:]
    assert line.startswith(f"  KORDANT_{name}: ")
    assert remedy in line
    assert "Value error" not in line


def test_every_wrong_variable_is_named_at_once(set_to: SetTo) -> None:
    wrong = {name: value for name, value, _ in WRONG}
    set_to(**wrong)
    head, *lines = refusal().splitlines()
    assert head == "Wrong settings in the environment:"
    assert sorted(line.split(":")[0].strip() for line in lines) == sorted(
        f"KORDANT_{name}" for name in wrong
    )


def test_secrets_are_in_no_repr_and_no_error_of_the_model_itself() -> None:
    read = Settings(
        database_url=f"postgresql://me:{SECRET}@db/kordant",
        dagster_database_url=f"postgresql://me:{SECRET}@db/dagster",
        broker_url=f"redis://:{SECRET}@valkey/0",
        hibp_api_key=SecretStr("5" * 32),
        leakcheck_api_key=SecretStr(SECRET),
    )
    assert SECRET not in f"{read!r} {read}"
    assert "5" * 32 not in f"{read!r} {read}"
    with pytest.raises(ValidationError) as refused:
        Settings(database_url=f"mysql://me:{SECRET}@db/kordant")
    assert SECRET not in str(refused.value)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(SECRET_VARIABLES), st.text(st.characters(codec="ascii"), max_size=12))
def test_no_text_makes_a_url_or_key_spill_its_secret(variable: str, noise: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variable, f"{noise}{SECRET}{noise}".replace("\x00", ""))
        if is_refused():
            refusal()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_no_setting_can_change_under_way(name: str) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(load_settings(), name, None)


def test_a_process_reads_its_own_environment(tmp_path: Path) -> None:
    """Whole, as an operator meets it: a new process, real variables."""
    program = "from kordant_pipelines.settings import load_settings; print(load_settings().port)"
    variables: dict[str, Any] = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=variables | {"KORDANT_PORT": "3456"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "3456\n"


def test_one_database_for_both_is_refused(set_to: SetTo) -> None:
    set_to(
        DATABASE_URL="postgresql://db/kordant",
        DAGSTER_DATABASE_URL="postgresql+psycopg2://db/kordant",
    )
    with pytest.raises(Misconfigured, match="name one database"):
        load_settings()


def test_what_kordant_env_exports_is_accepted(set_to: SetTo) -> None:
    set_to(CELERY_URL="redis://valkey/0", RUN_SLOTS="4")
    load_settings()


@pytest.mark.parametrize(
    ("given_ones", "remedy"),
    [
        ({"SMTP_URL": "smtp://mail", "RESEND_API_KEY": "re_1"}, "unset one"),
        ({"SMTP_URL": "smtp://mail"}, "KORDANT_EMAIL_FROM and, for their unsubscribe links"),
        ({"RESEND_API_KEY": "re_1", "EMAIL_FROM": "a@b.example"}, "KORDANT_PUBLIC_URL"),
        ({"TWILIO_AUTH_TOKEN": "t"}, "set all three or none"),
    ],
)
def test_half_a_channel_is_refused(set_to: SetTo, given_ones: dict[str, str], remedy: str) -> None:
    set_to(**given_ones)
    assert remedy in refusal()
