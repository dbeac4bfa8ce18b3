"""The running server: reachable by us alone, discreet, and never left behind."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from pathlib import Path

import psycopg2
import psycopg2.errors
import pytest

from kordant_pipelines.runtime.errors import HomeInUse, ServerUnusable
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.lock import exclusive
from kordant_pipelines.runtime.postgres import EmbeddedPostgres
from kordant_pipelines_tests.runtime.asking import one, pid_of
from kordant_pipelines_tests.runtime.helpers import eventually, is_gone


@pytest.fixture(scope="module")
def postgres() -> Generator[EmbeddedPostgres]:
    home = Path(tempfile.mkdtemp(prefix="kordant-"))
    try:
        with EmbeddedPostgres(Layout(home)).running() as running:
            yield running
    finally:
        shutil.rmtree(home)


def test_it_serves_a_private_socket_alone(postgres: EmbeddedPostgres) -> None:
    assert one(postgres, "SHOW listen_addresses") == ""
    assert one(postgres, "SHOW synchronous_commit") == "on"
    assert one(postgres, "SHOW server_version").startswith("18.")
    assert stat.S_IMODE(postgres.layout.postgres_socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(postgres.layout.postgres_sockets.stat().st_mode) == 0o700


def test_several_at_once_may_create_the_databases(postgres: EmbeddedPostgres) -> None:
    names = [f"together_{number}" for number in range(6)]
    barrier = threading.Barrier(3)
    failures: list[Exception] = []

    def create() -> None:
        barrier.wait()
        try:
            postgres.ensure_databases(names)
        except psycopg2.Error as error:
            failures.append(error)

    threads = [threading.Thread(target=create) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'together_%'"
    assert one(postgres, count) == "6"


def test_databases_sort_by_code_point_whatever_the_locale(postgres: EmbeddedPostgres) -> None:
    postgres.ensure_databases(["kordant"])
    postgres.ensure_databases(["kordant"])
    ask = "SELECT string_agg(x, '' ORDER BY x) || upper('é') FROM unnest(ARRAY['b','a','B','é']) x"
    assert one(postgres, ask, "kordant") == "BabéÉ"


def test_row_values_and_statements_stay_out_of_the_log(postgres: EmbeddedPostgres) -> None:
    link = psycopg2.connect(host=str(postgres.layout.postgres_sockets), user="postgres")
    link.autocommit = True
    with link.cursor() as cursor:
        cursor.execute("CREATE TABLE people (email text PRIMARY KEY)")
        cursor.execute("INSERT INTO people VALUES (%s)", ("ann@example.org",))
        with pytest.raises(psycopg2.errors.UniqueViolation, match=r"ann@example\.org"):
            cursor.execute("INSERT INTO people VALUES (%s)", ("ann@example.org",))
    link.close()
    log = (postgres.layout.logs / "postgres.log").read_text()
    assert "duplicate key value" in log
    assert "ann@" not in log


START = """
import sys
from pathlib import Path
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.postgres import EmbeddedPostgres

with EmbeddedPostgres(Layout(Path(sys.argv[1]))).running() as postgres:
    postgres.ensure_databases(["kordant"])
    print((postgres.layout.postgres_data / "postmaster.pid").read_text())
"""


def start_elsewhere(layout: Layout, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", START, str(layout.home)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_home_in_use_is_left_alone(postgres: EmbeddedPostgres) -> None:
    refused = start_elsewhere(postgres.layout)
    assert HomeInUse.__name__ in refused.stderr
    assert one(postgres, "SELECT 1") == "1"


def test_it_runs_in_a_home_with_spaces_under_a_foreign_environment(spaced: Layout) -> None:
    started = start_elsewhere(spaced, LC_ALL="xx_YY.UTF-8", PGPORT="6543", PGHOST="nowhere")
    assert started.returncode == 0, started.stderr
    pid, data, _, port, sockets, *_ = started.stdout.splitlines()
    assert (data, port, sockets) == (
        str(spaced.postgres_data),
        "5432",
        str(spaced.postgres_sockets),
    )
    assert is_gone(int(pid))
    assert not spaced.postgres_socket.exists()


def test_an_error_in_the_block_stops_the_server_too(layout: Layout) -> None:
    postgres = EmbeddedPostgres(layout)
    pids: list[int] = []

    def fail() -> None:
        with postgres.running():
            pids.append(pid_of(postgres))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert is_gone(pids[0])


ORPHANS = """
import subprocess, sys, time
from pathlib import Path
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.lock import exclusive
from kordant_pipelines.runtime.postgres import EmbeddedPostgres

postgres = EmbeddedPostgres(Layout(Path(sys.argv[1])))
with exclusive(postgres.layout):
    postgres.prepare()
    child = postgres.child()
    subprocess.Popen(child.argv, user=child.user, start_new_session=True, cwd="/",
                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    postgres.wait_ready()
    postgres.ensure_databases(["kept"])
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_server_orphaned_by_a_kill_is_replaced_and_a_killed_one_recovers(layout: Layout) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANS, str(layout.home)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        parent.kill()
    postgres = EmbeddedPostgres(layout)
    orphan = pid_of(postgres)
    assert not is_gone(orphan)
    with postgres.running():
        assert is_gone(orphan)
        assert one(postgres, "SELECT 1", "kept") == "1"
        crashed = pid_of(postgres)
        os.kill(crashed, signal.SIGKILL)
        eventually(lambda: is_gone(crashed))
    assert pid_of(postgres) == crashed  # the stale file is still there
    with postgres.running():
        assert one(postgres, "SELECT 1", "kept") == "1"


def test_a_server_that_cannot_start_is_quoted(layout: Layout) -> None:
    postgres = EmbeddedPostgres(layout)
    with exclusive(layout):
        postgres.prepare()
    (layout.postgres_data / "global" / "pg_control").unlink()
    with (
        pytest.raises(ServerUnusable, match=r"(?s)postgres exited with code \d.*could not find"),
        postgres.running(),
    ):
        pass
