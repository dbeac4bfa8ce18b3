"""The small application that messages lead back to: providers' callbacks, and unsubscribing.

Everything it takes is signed: a callback by its provider, a link by us. It is mounted at the root
of KORDANT_PUBLIC_URL.
"""

from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from kordant_pipelines.messages.language import language
from kordant_pipelines.messages.pages import gone_page, unsubscribe_page, unsubscribed_page
from kordant_pipelines.security.links import LinkRefused
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.notifications.contacts import Contacts, NotGenuine

LARGEST_BODY = 64 * 1024
"""Bytes; a callback has some hundreds."""

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
}


def callbacks_app(services: Services) -> Starlette:
    """The application over open services.

    - `POST /callbacks/twilio/{delivery_id}` and `POST /callbacks/resend`: 204, or 403 for what is
      not genuine.
    - `GET /unsubscribe/{token}` asks, `POST` does it (RFC 8058's one click included): mail scanners
      follow links, and must not unsubscribe anyone.
    """
    callbacks = Callbacks(services.contacts)
    return Starlette(
        routes=[
            Route("/callbacks/twilio/{delivery_id}", callbacks.twilio, methods=["POST"]),
            Route("/callbacks/resend", callbacks.resend, methods=["POST"]),
            Route("/unsubscribe/{token}", callbacks.ask, methods=["GET"]),
            Route("/unsubscribe/{token}", callbacks.unsubscribe, methods=["POST"]),
        ]
    )


class Callbacks:
    """The handlers."""

    def __init__(self, contacts: Contacts) -> None:
        self._contacts = contacts

    async def twilio(self, request: Request) -> Response:
        """Take a status callback."""
        body = await _body(request)
        if body is None:
            return PlainTextResponse("too large", status_code=413)
        form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        delivery_id = str(request.path_params["delivery_id"])
        signature = request.headers.get("x-twilio-signature", "")
        try:
            await run_in_threadpool(self._contacts.twilio_says, delivery_id, form, signature)
        except NotGenuine:
            return PlainTextResponse("not genuine", status_code=403)
        return Response(status_code=204)

    async def resend(self, request: Request) -> Response:
        """Take a webhook."""
        body = await _body(request)
        if body is None:
            return PlainTextResponse("too large", status_code=413)
        headers = request.headers

        def take() -> None:
            self._contacts.resend_says(
                body,
                message_id=headers.get("svix-id", ""),
                timestamp=headers.get("svix-timestamp", ""),
                signatures=headers.get("svix-signature", ""),
            )

        try:
            await run_in_threadpool(take)
        except NotGenuine:
            return PlainTextResponse("not genuine", status_code=403)
        return Response(status_code=204)

    async def ask(self, request: Request) -> Response:
        """Ask whether an address shall get no more messages."""
        try:
            address = await run_in_threadpool(self._contacts.address, _token(request))
        except LinkRefused:
            return _gone(request)
        return _page(unsubscribe_page(address.language, address.masked))

    async def unsubscribe(self, request: Request) -> Response:
        """Send no more to an address."""
        token = _token(request)
        try:
            address = await run_in_threadpool(self._contacts.address, token)
            await run_in_threadpool(self._contacts.unsubscribe, token)
        except LinkRefused:
            return _gone(request)
        return _page(unsubscribed_page(address.language, address.masked))


def _token(request: Request) -> str:
    return str(request.path_params["token"])


def _gone(request: Request) -> Response:
    tag = request.headers.get("accept-language", "en").partition(",")[0].partition(";")[0]
    return _page(gone_page(language(tag.strip())), status=404)


def _page(html: str, *, status: int = 200) -> Response:
    return HTMLResponse(html, status_code=status, headers=_HEADERS)


async def _body(request: Request) -> bytes | None:
    """The body; None if it is larger than any callback."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)
