"""Where everything lies, and that sockets fit."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kordant_pipelines.runtime.errors import HomeUnusable
from kordant_pipelines.runtime.layout import SOCKET_PATH_LIMIT, Layout

PASSABLE = 0o711 if os.geteuid() == 0 else 0o700


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_sockets_of_a_short_home_lie_inside_it(layout: Layout) -> None:
    assert layout.sockets == layout.home / "run"


@pytest.mark.parametrize("part", ["x" * 90, "a b", "a,b", "é", "a%20b"])
def test_sockets_leave_a_home_whose_path_does_not_serve(part: str) -> None:
    layout = Layout(Path("/srv") / part)
    assert layout.sockets.parent == Path("/tmp")  # noqa: S108 - the rule itself
    for path in (layout.postgres_socket, layout.valkey_socket, layout.code_server_socket):
        assert len(os.fsencode(path)) <= SOCKET_PATH_LIMIT
        assert " " not in str(path)


def test_the_longest_socket_decides_whether_the_home_serves() -> None:
    spare = SOCKET_PATH_LIMIT - len("/srv//run/pg/.s.PGSQL.5432")
    fits, too_long = (
        Layout(Path("/srv") / ("x" * spare)),
        Layout(Path("/srv") / ("x" * (spare + 1))),
    )
    assert fits.sockets == fits.home / "run"
    assert len(str(fits.postgres_socket)) == SOCKET_PATH_LIMIT
    assert too_long.sockets != too_long.home / "run"


def test_another_process_with_another_tmpdir_computes_the_same_paths(spaced: Layout) -> None:
    ask = (
        "import sys; from pathlib import Path; from kordant_pipelines.runtime.layout import Layout;"
        "print(Layout(Path(sys.argv[1])).sockets)"
    )
    elsewhere = f"{spaced.home.parent}/../{spaced.home.parent.name}/{spaced.home.name}"
    answer = subprocess.run(
        [sys.executable, "-c", ask, elsewhere],
        env={**os.environ, "TMPDIR": "/srv"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == str(spaced.sockets)


def test_folders_are_closed_to_others_whatever_the_umask(spaced: Layout) -> None:
    before = os.umask(0)
    try:
        spaced.ensure()
    finally:
        os.umask(before)
    for private in (spaced.logs, spaced.valkey_data, spaced.keys.parent, spaced.dagster_home):
        assert mode(private) == 0o700
    assert mode(spaced.postgres_sockets) == 0o700
    for passable in (spaced.home, spaced.run, spaced.sockets):
        assert mode(passable) == PASSABLE


def test_ensure_closes_what_was_opened_and_keeps_the_mode_of_an_existing_home(
    layout: Layout,
) -> None:
    layout.home.chmod(0o750)
    layout.ensure()
    layout.logs.chmod(0o777)
    layout.ensure()
    assert mode(layout.logs) == 0o700
    assert mode(layout.home) == 0o750


def test_a_socket_folder_someone_else_put_there_is_refused(spaced: Layout, tmp_path: Path) -> None:
    spaced.sockets.symlink_to(tmp_path)
    try:
        with pytest.raises(HomeUnusable, match=str(spaced.sockets)):
            spaced.ensure()
    finally:
        spaced.sockets.unlink()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_socket_folder_of_another_user_is_refused(spaced: Layout) -> None:
    spaced.sockets.mkdir()
    os.chown(spaced.sockets, 65534, 65534)
    with pytest.raises(HomeUnusable, match="set KORDANT_HOME"):
        spaced.ensure()


def test_a_home_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeUnusable, match=r"file.* cannot be used: .*\. Set KORDANT_HOME"):
        Layout(tmp_path / "file" / "home").ensure()
