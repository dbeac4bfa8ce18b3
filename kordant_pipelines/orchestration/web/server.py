"""The web server: Dagster's, with the admin's schema, behind the lock."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from dagster._core.workspace.context import WorkspaceProcessContext
from dagster_webserver.webserver import DagsterWebserver
from graphene import Schema
from graphql import OperationType
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.websockets import WebSocket
from typing_extensions import override

from kordant_pipelines.domain.access import Identity
from kordant_pipelines.orchestration.run_record import DagsterRunRecord
from kordant_pipelines.orchestration.web.context import IDENTITY, KordantRequestContext
from kordant_pipelines.orchestration.web.headers import SecurityHeaders
from kordant_pipelines.orchestration.web.lock import Lock, TrustedProxy, is_json, refused
from kordant_pipelines.orchestration.web.metrics import metrics_route
from kordant_pipelines.orchestration.web.operations import Operation, Refused, judge
from kordant_pipelines.orchestration.web.public import open_prefixes, public_routes
from kordant_pipelines.orchestration.web.schema.build import build_schema
from kordant_pipelines.orchestration.web.sign_in import (
    SIGN_IN_PATH,
    SIGN_OUT_PATH,
    sign_in_routes,
)
from kordant_pipelines.services.access.audit import DONE, FAILED, MUTATION, REFUSED
from kordant_pipelines.services.container import Services
from kordant_pipelines.telemetry.logs import get_log
from kordant_pipelines.telemetry.traces import span

MAX_BODY = 1_000_000
_AUDITED = ("job", "subscriptionId", "id", "runId", "ids")
_LIVE_DATA_POLL_MS = 2000
_log = get_log("web")


class KordantWebserver(DagsterWebserver[WorkspaceProcessContext, KordantRequestContext]):
    """Serves the stock UI and GraphQL to whoever may see them, and lets operators change things."""

    def __init__(
        self,
        process_context: WorkspaceProcessContext,
        services: Services,
        *,
        proxy: TrustedProxy | None = None,
        public: Sequence[BaseRoute] | None = None,
    ) -> None:
        self._services = services
        self._proxy = proxy
        self._public = list(public_routes(services) if public is None else public)
        super().__init__(process_context, live_data_poll_rate=_LIVE_DATA_POLL_MS)

    @override
    def build_graphql_schema(self) -> Schema:
        return build_schema()

    @override
    def _make_request_context(self, conn: HTTPConnection) -> KordantRequestContext:
        return KordantRequestContext(self._process_context, self._services, conn)

    @override
    def build_middleware(self) -> list[Middleware]:
        public = [SIGN_IN_PATH, SIGN_OUT_PATH, *open_prefixes(self._public)]
        return [
            Middleware(SecurityHeaders),
            Middleware(Lock, self._services.access, self._proxy, public),
            *super().build_middleware(),
        ]

    @override
    def build_routes(self) -> Any:
        # Before Dagster's, whose last route answers everything with the UI.
        record = DagsterRunRecord(self._process_context.instance)
        return [
            *self._public,
            *sign_in_routes(self._services.access),
            metrics_route(self._services, record),
            *super().build_routes(),
        ]

    @override
    async def graphql_http_endpoint(self, request: Request) -> Any:
        """A query by GET or as JSON POST; a mutation as JSON POST by an operator, and audited."""
        reads_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        if reads_page:  # the query editor
            return await super().graphql_http_endpoint(request)
        try:
            asked = await _asked(request)
            operation = judge(asked.get("query"), asked.get("operationName"))
        except Refused as refusal:
            return refused(HTTPStatus(refusal.status), str(refusal))
        with span(f"graphql {' '.join(operation.fields)[:80]}", {"who": _who(request)}):
            return await self._answered(request, operation, asked)

    async def _answered(self, request: Request, operation: Operation, asked: dict[str, Any]) -> Any:
        if not operation.is_mutation:
            return await super().graphql_http_endpoint(request)
        if request.method != "POST":
            return refused(
                HTTPStatus.METHOD_NOT_ALLOWED, "Mutations come as JSON by POST.", Allow="POST"
            )
        return await self._mutate(request, operation, asked.get("variables"))

    async def _mutate(self, request: Request, operation: Operation, variables: Any) -> Response:
        identity: Identity = request.scope[IDENTITY]
        audit = self._services.access.audit
        address = request.client.host if request.client else ""
        told = (identity.name, MUTATION, _detail(operation, variables))
        if not identity.may_change:
            await run_in_threadpool(audit.note, *told, REFUSED, address)
            return refused(HTTPStatus.FORBIDDEN, "Only operators change anything.")
        line = await run_in_threadpool(audit.begin, *told, address)
        _log.info("mutation", who=identity.name, fields=operation.fields, audit_line=line)
        outcome = FAILED
        try:
            answer = await super().graphql_http_endpoint(request)
            outcome = DONE if answer.status_code < HTTPStatus.BAD_REQUEST else FAILED
        finally:
            await run_in_threadpool(audit.end, line, outcome)
        return answer

    @override
    async def execute_graphql_subscription(
        self,
        websocket: WebSocket,
        operation_id: str,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
    ) -> tuple[Any, Any]:
        """A websocket carries subscriptions, nothing else."""
        try:
            if judge(query, operation_name).kind is not OperationType.SUBSCRIPTION:
                return None, {"message": "Only subscriptions come over a websocket."}
        except Refused as refusal:
            return None, {"message": str(refusal)}
        return await super().execute_graphql_subscription(
            websocket, operation_id, query, variables, operation_name
        )


def _who(request: Request) -> str:
    identity: Identity = request.scope[IDENTITY]
    return identity.name


async def _asked(request: Request) -> dict[str, Any]:
    """The request's `query`, `variables` and `operationName`.

    Raises:
        Refused: it is not JSON, not an object, or too long.
    """
    if request.method in {"GET", "HEAD"}:
        return dict(request.query_params)
    if not is_json(request):
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
    length = request.headers.get("content-length", "")
    if not length.isdigit():
        raise Refused(HTTPStatus.LENGTH_REQUIRED, "Say how long the request is.")
    if int(length) > MAX_BODY:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The request is over {MAX_BODY} bytes.")
    try:
        asked = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise Refused(HTTPStatus.BAD_REQUEST, "The request is not JSON.") from None
    if not isinstance(asked, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, "The request is not one JSON object.")
    return asked


def _detail(operation: Operation, variables: Any) -> str:
    """The mutation's fields and the ids among its variables; payloads are nobody's business."""
    given = variables if isinstance(variables, dict) else {}
    ids = [f"{name}={given[name]}" for name in _AUDITED if isinstance(given.get(name), str | list)]
    return " ".join([*operation.fields, *ids])
