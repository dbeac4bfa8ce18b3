"""What comes back from messages: providers' callbacks, and unsubscribing."""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kordant_pipelines.messages.pages import unsubscribe_page, unsubscribed_page
from kordant_pipelines.security.links import LinkRefused
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.notifications.contacts import Contacts, NotGenuine
from kordant_pipelines.web.answers import gone, page

LARGEST_BODY = 64 * 1024
"""Bytes; a callback has some hundreds."""


def callback_routes(services: Services) -> Sequence[Route]:
    """The routes over open services.

    - `POST /callbacks/twilio/{delivery_id}` and `POST /callbacks/resend`: 204, or 403 for what is
      not genuine.
    - `GET /unsubscribe/{token}` asks, `POST` does it (RFC 8058's one click included): mail scanners
      follow links, and must not unsubscribe anyone.
    """
    callbacks = Callbacks(services.contacts)
    return [
        Route("/callbacks/twilio/{delivery_id}", callbacks.twilio, methods=["POST"]),
        Route("/callbacks/resend", callbacks.resend, methods=["POST"]),
        Route("/unsubscribe/{token}", callbacks.ask, methods=["GET"]),
        Route("/unsubscribe/{token}", callbacks.unsubscribe, methods=["POST"]),
    ]


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
            return gone(request)
        return page(unsubscribe_page(address.language, address.masked))

    async def unsubscribe(self, request: Request) -> Response:
        """Send no more to an address."""
        token = _token(request)
        try:
            address = await run_in_threadpool(self._contacts.address, token)
            await run_in_threadpool(self._contacts.unsubscribe, token)
        except LinkRefused:
            return gone(request)
        return page(unsubscribed_page(address.language, address.masked))


def _token(request: Request) -> str:
    return str(request.path_params["token"])


async def _body(request: Request) -> bytes | None:
    """The body; None if it is larger than any callback."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)
