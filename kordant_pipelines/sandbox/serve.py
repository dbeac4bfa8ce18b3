"""Runs a sandbox: in a thread for tests and the demo, in the foreground for the command line."""

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import uvicorn

from kordant_pipelines.sandbox.app import build_app
from kordant_pipelines.sandbox.bench import HOLD_SECONDS, Bench
from kordant_pipelines.sandbox.client import SandboxControls
from kordant_pipelines.sandbox.smtp.server import PASSWORD, USERNAME, serve_mail
from kordant_pipelines.sandbox.world import breaches, leaks, mailing, texting
from kordant_pipelines.sandbox.world.world import World

START_SECONDS = 20.0
DRAIN_SECONDS = 3


class PortRefusedError(Exception):
    """The address cannot be listened on; the message says which and why."""


class SandboxDidNotStartError(Exception):
    """The server thread ended, or took too long, before it listened."""


class Sandbox(SandboxControls):
    """A running sandbox: its addresses, its world and its controls.

    `hibp_key` and `leakcheck_key`, and the like of the channels, are keys its providers accept.
    """

    hibp_key = breaches.SANDBOX_KEY
    leakcheck_key = leaks.API_KEY
    resend_key = mailing.API_KEY
    resend_signing_key = mailing.SIGNING_KEY
    twilio_account_sid = texting.ACCOUNT_SID
    twilio_auth_token = texting.AUTH_TOKEN
    twilio_from = texting.SENDER

    def __init__(self, url: str, world: World, *, smtp_port: int = 0) -> None:
        super().__init__(url)
        self.world = world
        self.smtp_url = f"smtp://{USERNAME}:{PASSWORD}@127.0.0.1:{smtp_port}"
        self.resend_url = f"{self.url}/resend"
        self.twilio_url = f"{self.url}/twilio/2010-04-01"
        self.fcm_url = f"{self.url}/google/fcm/v1"
        self.hibp_url = f"{self.url}/hibp/api/v3"
        self.leakcheck_url = f"{self.url}/leakcheck/api/v2"
        self.pwnedpasswords_url = f"{self.url}/pwnedpasswords"

    def fcm_service_account(self) -> str:
        """The key file of a service account that its FCM accepts."""
        return self.world.pushing.service_account(self.url)


class SandboxServer(uvicorn.Server):
    """uvicorn over one bench: says when it is ready, lets held requests go when it stops.

    `mail` is a listening socket for the mail server, if there is to be one.
    """

    def __init__(
        self, bench: Bench, *, on_ready: Callable[[], None], mail: socket.socket | None = None
    ) -> None:
        super().__init__(
            uvicorn.Config(
                build_app(bench),
                access_log=False,  # request paths hold identifiers
                log_config=None,  # whoever serves us in a thread has set up logging already
                log_level="warning",
                server_header=False,
                lifespan="off",
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )
        self._bench = bench
        self._on_ready = on_ready
        self._mail = mail
        self._mail_server: asyncio.Server | None = None
        logging.getLogger("uvicorn.error").addFilter(_not_a_planned_disconnect)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then say so."""
        await super().startup(sockets)
        if self.started and self._mail is not None:
            self._mail_server = await serve_mail(self._bench, self._mail)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let held requests go, then drain."""
        self._bench.close()
        if self._mail_server is not None:
            self._mail_server.close()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises PortRefusedError."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen()
    except (OSError, OverflowError) as refused:
        bound.close()
        reason = getattr(refused, "strerror", None) or "the port is out of range"
        raise PortRefusedError(
            f"cannot listen on {host} port {port}: {reason}; choose another, or 0 for a free one"
        ) from refused
    return bound


def address(bound: socket.socket) -> str:
    """The http URL of a listening socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in str(host) else f"http://{host}:{port}"


@contextmanager
def serving(
    world: World | None = None, *, port: int = 0, hold_seconds: float = HOLD_SECONDS
) -> Generator[Sandbox, None, None]:
    """Serve a world (the seeded one by default) on loopback until the block ends.

    Raises PortRefusedError for a port in use. `hold_seconds` bounds the `timeout` fault.
    """
    world = world or World()
    bound, mail = listen("127.0.0.1", port), listen("127.0.0.1", 0)
    url = address(bound)
    ready = threading.Event()
    bench = Bench(world, hold_seconds=hold_seconds)
    server = SandboxServer(bench, on_ready=ready.set, mail=mail)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [bound]}, name="kordant-sandbox", daemon=True
    )
    thread.start()
    try:
        _wait_until(ready, thread)
        with Sandbox(url, world, smtp_port=mail.getsockname()[1]) as sandbox:
            yield sandbox
    finally:
        server.should_exit = True
        thread.join(DRAIN_SECONDS + 5)
        bound.close()
        mail.close()


def _wait_until(ready: threading.Event, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready.wait(0.1):
        if not thread.is_alive():
            raise SandboxDidNotStartError("the server ended before it listened; its log says why")
        if time.monotonic() > deadline:
            raise SandboxDidNotStartError(f"the server was not up after {START_SECONDS} seconds")


def _not_a_planned_disconnect(record: logging.LogRecord) -> bool:
    return "without completing response" not in record.getMessage()
