"""The lock: nothing is answered before it is known who asks, save what is open by intent."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kordant_pipelines.domain.access import Identity, Role
from kordant_pipelines.orchestration.web.context import IDENTITY
from kordant_pipelines.orchestration.web.sign_in import COOKIE, SIGN_IN_PATH
from kordant_pipelines.services.access.access import Access

GRAPHQL_PATH = "/graphql"
_READING = {"GET", "HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class TrustedProxy:
    """A proxy that signs people in and says who they are, in headers beside a shared secret."""

    secret: str
    user_header: str
    role_header: str

    def identify(self, connection: HTTPConnection) -> Identity | None:
        """Who the proxy says it is; without the right secret its headers mean nothing."""
        given = connection.headers.get("x-kordant-proxy-secret", "")
        user = connection.headers.get(self.user_header, "")
        right = hmac.compare_digest(given.encode(), self.secret.encode())
        if not right or not user.isprintable() or not user:
            return None
        asked = connection.headers.get(self.role_header, "")
        role = Role.OPERATOR if asked == Role.OPERATOR.value else Role.VIEWER
        return Identity(f"{user[:70]} (proxy)", role)


class Lock:
    """ASGI middleware. It leaves the identity in the scope for those behind it."""

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        proxy: TrustedProxy | None,
        public: Sequence[str],
    ) -> None:
        self._app = app
        self._access = access
        self._proxy = proxy
        self._public = tuple(public)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] not in {"http", "websocket"} or self._is_public(scope["path"]):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        identity = await run_in_threadpool(self._identify, connection)
        refusal = self._refusal(scope, connection, identity)
        if refusal is None:
            scope[IDENTITY] = identity
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "not allowed"})
        else:
            await refusal(scope, receive, send)

    def _is_public(self, path: str) -> bool:
        return any(path == prefix or path.startswith(f"{prefix}/") for prefix in self._public)

    def _identify(self, connection: HTTPConnection) -> Identity | None:
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme:  # whoever shows a token is judged by it, whatever cookie comes along
            return self._access.tokens.identify(token) if scheme.lower() == "bearer" else None
        if self._proxy is not None:
            vouched = self._proxy.identify(connection)
            if vouched is not None:
                return vouched
        cookie = connection.cookies.get(COOKIE)
        return self._access.sessions.identify(cookie) if cookie else None

    def _refusal(
        self, scope: Scope, connection: HTTPConnection, identity: Identity | None
    ) -> Response | None:
        if identity is None:
            return _unknown(scope, connection)
        changes = scope["type"] == "websocket" or scope["method"] not in _READING
        if changes and _from_elsewhere(connection):
            return refused(HTTPStatus.FORBIDDEN, "This request comes from another site's page.")
        # GraphQL's own requests are judged by what they ask for.
        if scope["type"] == "websocket" or not changes or scope["path"] == GRAPHQL_PATH:
            return None
        if not identity.may_change:
            return refused(HTTPStatus.FORBIDDEN, "Only operators change anything.")
        if not is_json(connection):
            return refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")
        return None


def is_json(connection: HTTPConnection) -> bool:
    """Whether the body says that it is JSON, which no page of another site can make it say."""
    kind = connection.headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == "application/json"


def refused(status: HTTPStatus, told: str, **headers: str) -> JSONResponse:
    """A refusal in the shape of a GraphQL answer, for whoever reads `errors`."""
    return JSONResponse(
        {"data": None, "errors": [{"message": told}]}, status_code=status, headers=headers
    )


def _unknown(scope: Scope, connection: HTTPConnection) -> Response:
    page = scope["type"] == "http" and scope["method"] == "GET"
    if page and "text/html" in connection.headers.get("accept", ""):
        wanted = scope["path"] + (f"?{connection.url.query}" if connection.url.query else "")
        return RedirectResponse(
            f"{SIGN_IN_PATH}?next={quote(wanted, safe='')}", HTTPStatus.SEE_OTHER
        )
    return refused(
        HTTPStatus.UNAUTHORIZED,
        "Sign in, or send a token that is known and in time: Authorization: Bearer kdt_…",
        **{"WWW-Authenticate": 'Bearer realm="kordant"'},
    )


def _from_elsewhere(connection: HTTPConnection) -> bool:
    """Whether a browser sends this for a page of another origin, with our cookie on it."""
    origin = connection.headers.get("origin")
    if origin is None:
        return False
    return urlsplit(origin).netloc.lower() != connection.headers.get("host", "").lower()
