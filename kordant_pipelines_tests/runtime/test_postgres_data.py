"""The data folder before a start: made whole, checked, given to the right user."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from kordant_pipelines.runtime.errors import ServerUnusable
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.lock import exclusive
from kordant_pipelines.runtime.postgres import EmbeddedPostgres
from kordant_pipelines_tests.runtime.asking import one

AS_ROOT = os.geteuid() == 0


def write_pid_file(postgres: EmbeddedPostgres, pid: int) -> None:
    data = postgres.layout.postgres_data
    file = data / "postmaster.pid"
    file.write_text(f"{pid}\n{data}\n1\n5432\n\n\n 1 1\nready\n")
    if user := postgres.child().user:
        shutil.chown(file, user)


def fake_data(layout: Layout, version: str) -> Path:
    layout.ensure()
    layout.postgres_data.mkdir()
    (layout.postgres_data / "PG_VERSION").write_text(version)
    return layout.postgres_data


def test_a_pid_file_that_names_another_program_by_now_is_no_server(layout: Layout) -> None:
    postgres = EmbeddedPostgres(layout)
    with exclusive(layout):
        postgres.prepare()
    # As after a container was killed and started anew: same user, same pid, another program.
    with subprocess.Popen(["/bin/sleep", "60"], user=postgres.child().user) as other:
        write_pid_file(postgres, other.pid)
        try:
            with postgres.running():
                assert one(postgres, "SELECT 1") == "1"
            assert other.poll() is None
        finally:
            other.kill()


def test_a_start_killed_during_initdb_is_begun_anew(layout: Layout) -> None:
    layout.ensure()
    draft = layout.home / "postgres.draft"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18")
    with EmbeddedPostgres(layout).running() as postgres:
        assert one(postgres, "SELECT 1") == "1"
    assert not draft.exists()


def test_data_of_another_version_is_refused(layout: Layout) -> None:
    fake_data(layout, "16\n")
    with (
        pytest.raises(ServerUnusable, match=r"written by Postgres 16, .* runs 18\. Move it away"),
        EmbeddedPostgres(layout).running(),
    ):
        pass


def test_a_folder_in_the_way_is_refused_and_kept(layout: Layout) -> None:
    layout.ensure()
    layout.postgres_data.mkdir()
    (layout.postgres_data / "thesis.txt").write_text("dear")
    with (
        pytest.raises(ServerUnusable, match="is in the way"),
        EmbeddedPostgres(layout).running(),
    ):
        pass
    assert (layout.postgres_data / "thesis.txt").read_text() == "dear"


@pytest.mark.skipif(not AS_ROOT, reason="only root runs Postgres as another user")
def test_root_opens_no_parent_folder_to_readers(layout: Layout) -> None:
    closed = layout.home / "closed"
    closed.mkdir(mode=0o700)
    inner = Layout(closed / "home")
    with EmbeddedPostgres(inner).running() as postgres:
        server = pwd.getpwnam(str(postgres.child().user)).pw_uid
        assert inner.postgres_data.stat().st_uid == server
        assert inner.postgres_sockets.stat().st_uid == server
    assert stat.S_IMODE(closed.stat().st_mode) == 0o711
    assert stat.S_IMODE(inner.home.stat().st_mode) == 0o711


@pytest.mark.skipif(not AS_ROOT, reason="only root can give files away")
def test_data_of_another_user_is_refused(layout: Layout) -> None:
    data = fake_data(layout, "18\n")
    os.chown(data / "PG_VERSION", 65534, 65534)
    with (
        pytest.raises(ServerUnusable, match="belongs to the user with id 65534"),
        EmbeddedPostgres(layout).running(),
    ):
        pass


def test_preparing_without_the_lock_is_a_mistake(layout: Layout) -> None:
    with pytest.raises(RuntimeError, match="exclusive"):
        EmbeddedPostgres(layout).prepare()
