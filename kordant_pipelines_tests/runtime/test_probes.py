"""What tells that a child is ready."""

import asyncio
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.probes import calls, http_ok, listening


class Starting(BaseHTTPRequestHandler):
    """Answers 503 to the first request, then 200."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(503 if self.asked == 1 else 200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        pass


def test_http_is_ready_only_at_200() -> None:
    server = HTTPServer(("127.0.0.1", 0), Starting)
    probe = http_ok(f"http://127.0.0.1:{server.server_port}/healthz")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        assert asyncio.run(probe()) is False
        assert asyncio.run(probe()) is True
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert asyncio.run(probe()) is False


def test_a_socket_is_ready_while_somebody_listens(layout: Layout) -> None:
    layout.ensure()
    probe = listening(layout.code_server_socket)
    assert asyncio.run(probe()) is False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(layout.code_server_socket))
        assert asyncio.run(probe()) is False
        server.listen()
        assert asyncio.run(probe()) is True
    assert asyncio.run(probe()) is False


def test_a_blocking_question_does_not_block_the_loop() -> None:
    async def both() -> bool:
        turn = asyncio.Event()
        loop = asyncio.get_running_loop()

        def blocks() -> bool:
            asyncio.run_coroutine_threadsafe(turn.wait(), loop).result(5)
            return True

        asking = asyncio.create_task(calls(blocks)())
        turn.set()
        return await asking

    assert asyncio.run(both())
