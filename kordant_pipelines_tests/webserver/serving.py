"""A web server on loopback for the length of a test."""

import socket
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from starlette.routing import BaseRoute

from kordant_pipelines.domain.access import Role
from kordant_pipelines.orchestration.web.lock import TrustedProxy
from kordant_pipelines.orchestration.web.server import KordantWebserver
from kordant_pipelines.services.container import Services

PROXY = TrustedProxy("s" * 40, "X-Forwarded-User", "X-Kordant-Role")


@dataclass(frozen=True)
class Web:
    """The server, its services, and a token of each role."""

    url: str
    services: Services
    viewer: str
    operator: str

    def client(self, token: str | None = None, **headers: str) -> httpx.Client:
        """A client that shows this token, or none."""
        shown = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(
            base_url=self.url, headers=shown | headers, trust_env=False, timeout=20.0
        )

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """What an operator's query came to; it must be answered whole."""
        with self.client(self.operator) as client:
            answer = client.post("/graphql", json={"query": query, "variables": variables})
        body = answer.json()
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data


@contextmanager
def served(
    instance: DagsterInstance, services: Services, *, public: Sequence[BaseRoute] | None = None
) -> Generator[Web]:
    """Serve; the workspace is empty, for the admin's part needs none."""
    with WorkspaceProcessContext(instance, EmptyWorkspaceTarget()) as workspace:
        web = KordantWebserver(workspace, services, proxy=PROXY, public=public)
        config = uvicorn.Config(web.create_asgi_app(), log_level="error", proxy_headers=False)
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            deadline = time.monotonic() + 20
            while not server.started:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            try:
                yield Web(
                    f"http://127.0.0.1:{listener.getsockname()[1]}",
                    services,
                    str(services.access.tokens.create("looker", Role.VIEWER)),
                    str(services.access.tokens.create("doer", Role.OPERATOR)),
                )
            finally:
                server.should_exit = True
                thread.join(20)
