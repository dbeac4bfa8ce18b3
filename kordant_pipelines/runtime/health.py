"""`/healthz`: whether the system lives and whether it is ready, for a balancer or a restarter.

Served by the supervisor on a port of its own, since it must answer while the web UI does not.
"""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Generator, Mapping
from concurrent.futures import TimeoutError as NoAnswer
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

ANSWER_SECONDS = 5.0
RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Health:
    """What runs, by name, each "running" or why not; `stopping` once a stop was asked for."""

    parts: Mapping[str, str]
    stopping: bool

    @property
    def ready(self) -> bool:
        """Whether work is taken and done."""
        return not self.stopping and all(state == RUNNING for state in self.parts.values())


@contextmanager
def health_served(host: str, port: int, ask: Callable[[], Awaitable[Health]]) -> Generator[None]:
    """Serve within the block; `ask` is awaited on the loop that runs now, at each request.

    `/healthz` and `/healthz/ready`: 200 when ready, else 503. `/healthz/live`: 200 as long as the
    supervisor itself answers, also while it starts or stops. All tell the parts, in JSON.
    """
    loop = asyncio.get_running_loop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = _answer(self.path, loop, ask)
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Nothing: it is asked every few seconds."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="healthz", daemon=True)
    thread.start()
    try:
        yield
    finally:
        # Not in this thread, which answers what the server may be asked just now.
        threading.Thread(target=server.shutdown, daemon=True).start()
        server.server_close()


def _answer(
    path: str, loop: asyncio.AbstractEventLoop, ask: Callable[[], Awaitable[Health]]
) -> tuple[HTTPStatus, Mapping[str, Any]]:
    if path not in {"/healthz", "/healthz/live", "/healthz/ready"}:
        return HTTPStatus.NOT_FOUND, {"error": "ask for /healthz, /healthz/live or /healthz/ready"}

    async def asked() -> Health:
        return await ask()

    try:
        health = asyncio.run_coroutine_threadsafe(asked(), loop).result(ANSWER_SECONDS)
    except (NoAnswer, RuntimeError):  # the loop hangs, or has ended
        return HTTPStatus.SERVICE_UNAVAILABLE, {"error": "the supervisor does not answer"}
    fine = health.ready or path == "/healthz/live"
    return HTTPStatus.OK if fine else HTTPStatus.SERVICE_UNAVAILABLE, {
        "ready": health.ready,
        "stopping": health.stopping,
        "parts": health.parts,
    }
