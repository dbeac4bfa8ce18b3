"""The embedded Valkey."""

import os
import stat
import subprocess
import sys

import pytest
from celery import Celery
from kombu import Connection
from redis import Redis

from kordant_pipelines.runtime.errors import ServerUnusable
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.unix_socket import listener_pid
from kordant_pipelines.runtime.valkey import EmbeddedValkey
from kordant_pipelines_tests.runtime.helpers import is_gone


def client(valkey: EmbeddedValkey) -> Redis:
    return Redis(unix_socket_path=str(valkey.layout.valkey_socket), decode_responses=True)


def setting(redis: Redis, name: str) -> str:
    # Ignored: redis-py leaves these untyped.
    answer: object = redis.execute_command("CONFIG", "GET", name)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    assert isinstance(answer, dict)
    return str(answer[name])  # pyright: ignore[reportUnknownArgumentType]


def test_it_serves_a_private_socket_alone_and_drops_nothing(layout: Layout) -> None:
    with EmbeddedValkey(layout).running() as valkey:
        pid = listener_pid(layout.valkey_socket)
        assert pid is not None
        assert stat.S_IMODE(layout.valkey_socket.stat().st_mode) == 0o700
        with client(valkey) as redis:
            assert setting(redis, "port") == "0"
            assert setting(redis, "maxmemory-policy") == "noeviction"
            assert setting(redis, "appendonly") == "yes"
    assert is_gone(pid)


@pytest.mark.filterwarnings("ignore:Call to deprecated setex")  # Celery's call
def test_both_urls_reach_it_from_a_home_with_spaces_and_the_queue_survives(spaced: Layout) -> None:
    with EmbeddedValkey(spaced).running() as valkey:
        # Ignored: as above.
        with Redis.from_url(valkey.url()) as redis:  # pyright: ignore[reportUnknownMemberType]
            redis.set("kept", "yes")
        with Connection(valkey.celery_url()) as link:
            queue = link.SimpleQueue("runs")
            queue.put({"run": 1})
            queue.close()
        app = Celery("t", broker=valkey.celery_url(), backend=valkey.celery_url())
        app.backend.store_result("a-task", "done", "SUCCESS")
        assert app.AsyncResult("a-task").result == "done"
        app.close()
    with EmbeddedValkey(spaced).running() as valkey:
        with client(valkey) as redis:
            assert redis.get("kept") == "yes"
        with Connection(valkey.celery_url()) as link:
            queue = link.SimpleQueue("runs")
            message = queue.get(timeout=2)
            assert message.payload == {"run": 1}
            message.ack()
            queue.close()


ORPHANS = """
import os, subprocess, sys
from pathlib import Path
from redis import Redis
from kordant_pipelines.runtime.errors import ServerUnusable
from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.valkey import EmbeddedValkey

valkey = EmbeddedValkey(Layout(Path(sys.argv[1])))
valkey.layout.ensure()
subprocess.Popen(valkey.argv(), start_new_session=True, stdout=subprocess.DEVNULL)
valkey.wait_ready()
Redis.from_url(valkey.url()).set("kept", "yes")
os._exit(0)
"""


def test_a_server_orphaned_by_a_kill_is_replaced(layout: Layout) -> None:
    subprocess.run([sys.executable, "-c", ORPHANS, str(layout.home)], check=True)
    orphan = listener_pid(layout.valkey_socket)
    assert orphan is not None
    assert orphan != os.getpid()
    with EmbeddedValkey(layout).running() as valkey, client(valkey) as redis:
        assert is_gone(orphan)
        assert redis.get("kept") == "yes"


def test_a_server_that_cannot_start_is_quoted(layout: Layout) -> None:
    layout.ensure()
    files = layout.valkey_data / "appendonlydir"
    files.mkdir()
    (files / "appendonly.aof.manifest").write_text("nonsense\n")
    with (
        pytest.raises(ServerUnusable, match=r"(?s)valkey exited with code 1 .*manifest"),
        EmbeddedValkey(layout).running(),
    ):
        pass


def test_waiting_for_a_server_that_does_not_run_ends(layout: Layout) -> None:
    with pytest.raises(ServerUnusable, match=r"valkey on .* did not answer within 0\.1 s"):
        EmbeddedValkey(layout).wait_ready(timeout=0.1)
