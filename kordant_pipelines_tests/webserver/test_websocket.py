"""The UI's websocket: subscriptions for whoever may look, and nothing else for anybody."""

import json
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from kordant_pipelines_tests.webserver.serving import Web

RUN = 'mutation { runJobNow(job: darkwatch_scan, subscriptionId: "s") { __typename } }'


def _open(web: Web, token: str | None, origin: str | None = None) -> ClientConnection:
    return connect(
        web.url.replace("http", "ws", 1) + "/graphql",
        subprotocols=[Subprotocol("graphql-ws")],
        additional_headers={"Authorization": f"Bearer {token}"} if token else {},
        origin=Origin(origin) if origin else None,
        proxy=None,
        open_timeout=20,
    )


def _answer(socket: ClientConnection, query: str) -> dict[str, Any]:
    socket.send(json.dumps({"type": "connection_init"}))
    assert json.loads(socket.recv(20))["type"] == "connection_ack"
    socket.send(json.dumps({"id": "1", "type": "start", "payload": {"query": query}}))
    answer: dict[str, Any] = json.loads(socket.recv(20))
    return answer


def test_a_viewer_may_subscribe(web: Web) -> None:
    query = (
        'subscription { pipelineRunLogs(runId: "none") { __typename '
        "... on PipelineRunLogsSubscriptionFailure { message } } }"
    )
    with _open(web, web.viewer) as socket:
        answer = _answer(socket, query)
    assert answer["type"] == "data", answer


@pytest.mark.parametrize("query", [RUN, "{ version }", "subscription {", "{ " * 400 + "}" * 400])
def test_nothing_else_comes_over_it_not_even_from_an_operator(web: Web, query: str) -> None:
    before = web.services.access.audit.latest()
    with _open(web, web.operator) as socket:
        answer = _answer(socket, query)
    assert answer["type"] == "error"
    assert web.services.access.audit.latest() == before


@pytest.mark.parametrize("origin", [None, "https://evil.example"])
def test_it_is_not_opened_for_strangers_nor_for_other_sites_pages(
    web: Web, origin: str | None
) -> None:
    token = web.operator if origin else None
    with pytest.raises(InvalidStatus) as refused:
        _open(web, token, origin)
    assert refused.value.response.status_code == 403
