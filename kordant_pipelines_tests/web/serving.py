"""Serves an application over loopback."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

from kordant_pipelines.sandbox.serve import address, listen


@contextmanager
def served(app: Starlette) -> Generator[str]:
    """The application's URL, until the block ends."""
    bound = listen("127.0.0.1", 0)
    config = uvicorn.Config(app, log_config=None, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield address(bound)  # it listens already: the kernel keeps who comes too early
    finally:
        server.should_exit = True
        thread.join(10)
        bound.close()
