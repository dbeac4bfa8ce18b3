"""Wrong settings, keys and servers are refused in a sentence, with nothing half done."""

import socket
from pathlib import Path

import pytest

from kordant_pipelines.storage.sole import sole_system
from kordant_pipelines_tests.conftest import Servers
from kordant_pipelines_tests.end_to_end.commands import environment, run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _refused(*words: str, home: Path, **settings: str) -> str:
    answer = run("kordant", *words, env=environment(home, **settings), timeout=60)
    assert answer.returncode == 2, answer.stderr
    assert "Traceback" not in answer.stderr
    return answer.stderr


def test_every_wrong_setting_is_named_with_its_value(home: Path) -> None:
    said = _refused("up", home=home, KORDANT_PORT="99999", KORDANT_WORKER_CONCURRENCY="0")
    assert "KORDANT_PORT" in said
    assert "'99999'" in said
    assert "KORDANT_WORKER_CONCURRENCY" in said
    assert not home.exists()


def test_a_wrong_urls_password_is_not_shown(home: Path) -> None:
    said = _refused("up", home=home, KORDANT_DATABASE_URL="mysql://kordant:s3cret@host/kordant")
    assert "KORDANT_DATABASE_URL" in said
    assert "s3cret" not in said


def test_a_port_in_use_is_named(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = _refused("up", home=home, KORDANT_PORT=port)
    assert port in said
    assert "KORDANT_PORT" in said


def test_a_queue_s_name_that_is_none_is_refused(home: Path) -> None:
    said = _refused("worker", "--queues", "reports,two words", home=home)
    assert "'two words'" in said
    assert not home.exists()


def test_listening_wider_than_loopback_is_refused(home: Path) -> None:
    assert "0.0.0.0" in _refused("up", home=home, KORDANT_HOST="0.0.0.0")  # noqa: S104 - refused


def test_an_unreachable_database_is_named(home: Path) -> None:
    _keyring(home)
    url = "postgresql://kordant@127.0.0.1:1/kordant"
    for words in (("db", "upgrade"), ("subscriptions", "list")):
        said = _refused(*words, home=home, KORDANT_DATABASE_URL=url)
        assert "127.0.0.1:1/kordant" in said
        assert "KORDANT_DATABASE_URL" in said


def test_an_unreachable_broker_is_named(home: Path, database_url: str) -> None:
    _keyring(home)
    said = _refused(
        "up",
        home=home,
        KORDANT_DATABASE_URL=database_url,
        KORDANT_BROKER_URL="redis://127.0.0.1:1/0",
    )
    assert "KORDANT_BROKER_URL" in said


def test_an_unmigrated_database_of_ones_own_is_refused_with_the_remedy(
    home: Path, servers: Servers
) -> None:
    _keyring(home)
    name = servers.clone("template0")
    try:
        said = _refused(
            "up",
            home=home,
            KORDANT_DATABASE_URL=servers.postgres.url(name),
            KORDANT_BROKER_URL=servers.valkey.url(),
        )
    finally:
        servers.drop(name)
    assert "kordant db upgrade" in said


def test_a_second_system_on_one_database_is_refused(
    home: Path, servers: Servers, database_url: str
) -> None:
    _keyring(home)
    name = servers.clone("template0")
    try:
        with sole_system(servers.postgres.url(name)):
            said = _refused(
                "up",
                home=home,
                KORDANT_DATABASE_URL=database_url,
                KORDANT_DAGSTER_DATABASE_URL=servers.postgres.url(name),
                KORDANT_BROKER_URL=servers.valkey.url(),
            )
    finally:
        servers.drop(name)
    assert "kordant worker" in said


def test_without_a_keyring_a_database_of_ones_own_is_not_touched(
    home: Path, database_url: str
) -> None:
    said = _refused("up", home=home, KORDANT_DATABASE_URL=database_url)
    assert "kordant keys init" in said


def test_a_keyring_is_never_overwritten(home: Path) -> None:
    _keyring(home)
    path = home / "keys" / "keyring.json"
    before = path.read_bytes()
    assert "never overwritten" in _refused("keys", "init", home=home)
    assert path.read_bytes() == before


def test_a_bad_sale_in_a_file_stops_the_whole_file(home: Path, database_url: str) -> None:
    _keyring(home)
    home.mkdir(exist_ok=True)
    file = home / "sales.json"
    file.write_text(
        '[{"ref": "a", "tier": "plus", "name": "A", "emails": ["a@example.com"]},'
        ' {"ref": "b", "tier": "gold", "name": "B", "emails": ["b@example.com"]}]'
    )
    said = _refused(
        "subscriptions",
        "import",
        str(file),
        home=home,
        KORDANT_DATABASE_URL=database_url,
        KORDANT_BROKER_URL="redis://127.0.0.1:1/0",
    )
    assert "sale 2" in said
    assert "'gold'" in said
    listed = run(
        *("kordant", "subscriptions", "list", "--json"),
        env=environment(
            home, KORDANT_DATABASE_URL=database_url, KORDANT_BROKER_URL="redis://127.0.0.1:1/0"
        ),
    )
    assert listed.stdout == ""


def test_a_sale_with_a_field_missing_is_not_shown_whole(home: Path, database_url: str) -> None:
    _keyring(home)
    file = home / "sales.json"
    file.write_text('[{"ref": "a", "name": "Ann Example", "emails": ["ann@example.com"]}]')
    said = _refused(
        *("subscriptions", "import", str(file)), home=home, KORDANT_DATABASE_URL=database_url
    )
    assert "tier" in said
    assert "ann@example.com" not in said


def test_the_demo_is_refused_on_servers_of_ones_own(home: Path, database_url: str) -> None:
    said = _refused("demo", "--once", home=home, KORDANT_DATABASE_URL=database_url)
    assert "KORDANT_DATABASE_URL" in said
    assert not home.exists()


def test_another_keyring_than_the_databases_is_refused(home: Path, database_url: str) -> None:
    _keyring(home)
    settings = {
        "KORDANT_DATABASE_URL": database_url,
        "KORDANT_BROKER_URL": "redis://127.0.0.1:1/0",
    }
    first = run("kordant", "subscriptions", "list", env=environment(home, **settings))
    assert first.returncode == 0, first.stderr
    elsewhere = home.with_name("elsewhere")
    _keyring(elsewhere)
    said = _refused("subscriptions", "list", home=elsewhere, **settings)
    assert "not the one this database was written with" in said


def test_a_lost_keyring_is_not_made_anew_beside_its_data(home: Path) -> None:
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("18\n")
    assert "Restore that file" in _refused("keys", "init", home=home)
    assert not (home / "keys").exists()


@pytest.mark.parametrize("words", [("subscriptions", "list"), ("keys", "rotate"), ("worker",)])
def test_where_nothing_runs_that_is_said(home: Path, words: tuple[str, ...]) -> None:
    said = _refused(*words, home=home)
    assert f"Nothing runs on {home}" in said
    assert "kordant up" in said
    assert not home.exists()


def test_every_wrong_sale_of_a_file_is_named(home: Path, database_url: str) -> None:
    _keyring(home)
    file = home / "sales.json"
    file.write_text(
        '[{"ref": "a", "tier": "plus", "name": "A", "emails": ["nobody@"]},'
        ' {"ref": "b", "tier": "plus", "name": "B"}, {"ref": "c c", "tier": "plus", "name": "C"}]'
    )
    said = _refused(
        *("subscriptions", "import", str(file)), home=home, KORDANT_DATABASE_URL=database_url
    )
    for wrong in ("sale 1: 'nobody@'", "sale 2: Subscription 'b' watches nothing", "sale 3: ref"):
        assert wrong in said


def test_removals_start_only_with_the_customers_authorisation(
    home: Path, database_url: str
) -> None:
    _keyring(home)
    broker = "redis://127.0.0.1:1/0"
    servers = {"KORDANT_DATABASE_URL": database_url, "KORDANT_BROKER_URL": broker}
    start = ("removals", "start", "sub_nope", "--city", "Oakland")
    assert "--authorised" in _refused(*start, "--country", "US", home=home, **servers)
    wrong = _refused(*start, "--country", "USA", "--authorised", home=home, **servers)
    assert "--residence-country" in wrong or "--country" in wrong
    assert "Oakland" not in wrong
    unknown = _refused(*start, "--country", "us", "--authorised", home=home, **servers)
    assert "There is no subscription 'sub_nope'" in unknown
    assert "rtk_nope" in _refused("removals", "done", "rtk_nope", home=home, **servers)


def _keyring(home: Path) -> None:
    made = run("kordant", "keys", "init", env=environment(home))
    assert made.returncode == 0, made.stderr
