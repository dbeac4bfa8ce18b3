"""Starting, stopping and keeping quiet."""

import errno
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import httpx
import pytest

from kordant_pipelines.sandbox.client import SandboxControls
from kordant_pipelines.sandbox.serve import PortRefusedError, serving
from kordant_pipelines_tests.sandbox.support import hibp_client

CLEAN = "/breachedaccount/bruno.keller@example.net"


@contextmanager
def _process(*arguments: str) -> Generator[subprocess.Popen[str], None, None]:
    command = [sys.executable, "-m", "kordant_pipelines.sandbox", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("The sandbox listens on http://127.0.0.1:"), line
    return line.split()[-1]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_told_to_stop(stop: signal.Signals) -> None:
    with _process("--port", "0") as process:
        url = _address(process)
        assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}
        with SandboxControls(url) as controls:
            assert len(controls.world_summary().customers) == 25
        httpx.get(f"{url}/hibp/api/v3{CLEAN}", headers={"hibp-api-key": "0" * 32})
        process.send_signal(stop)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")


def test_the_command_refuses_a_port_in_use() -> None:
    with serving() as sandbox:
        port = sandbox.url.rsplit(":", 1)[1]
        with _process("--port", port) as process:
            out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (2, "")
    assert err == (
        f"cannot listen on 127.0.0.1 port {port}: {os.strerror(errno.EADDRINUSE)}; "
        "choose another, or 0 for a free one\n"
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "example.com"])  # noqa: S104 - it must be refused
def test_the_command_listens_on_loopback_only(host: str) -> None:
    with _process("--host", host) as process:
        _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert f"{host} is not a loopback address" in err


def test_a_port_in_use_is_refused() -> None:
    with serving() as sandbox:
        port = int(sandbox.url.rsplit(":", 1)[1])
        with pytest.raises(PortRefusedError, match=str(port)), serving(port=port):
            pass


def test_stopping_frees_the_port() -> None:
    with serving() as sandbox:
        url = sandbox.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/healthz")
    with serving(port=int(url.rsplit(":", 1)[1])) as again:
        assert httpx.get(f"{again.url}/healthz").status_code == 200


def test_stopping_lets_a_held_request_go() -> None:
    answers: list[int] = []
    with serving(hold_seconds=60) as sandbox:
        sandbox.fault("hibp", "timeout")
        url = f"{sandbox.hibp_url}{CLEAN}"
        caller = threading.Thread(
            target=lambda: answers.append(httpx.get(url, timeout=60).status_code)
        )
        caller.start()
        time.sleep(0.3)  # the request must be on hold before the block ends
        assert answers == []
        stopping = time.monotonic()
    caller.join(5)
    assert answers == [524]
    assert time.monotonic() - stopping < 3


def test_an_unknown_path_is_not_json() -> None:
    with serving() as sandbox, hibp_client(sandbox) as hibp:
        missing = hibp.get("/nosuchendpoint")
        assert missing.status_code == 404
        assert hibp.post("/breaches").status_code == 405


def test_identifiers_never_reach_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with (
        serving() as sandbox,
        hibp_client(sandbox) as hibp,
        caplog.at_level(logging.DEBUG),
        caplog.at_level(logging.WARNING, logger="httpx"),  # the caller's log, not ours
        caplog.at_level(logging.WARNING, logger="httpcore"),
    ):
        hibp.get(CLEAN)
        sandbox.fault("hibp", "disconnect", times=1)
        with pytest.raises(httpx.RemoteProtocolError):
            hibp.get(CLEAN)
    assert "bruno" not in caplog.text
    assert "without completing" not in caplog.text
