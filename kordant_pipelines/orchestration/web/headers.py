"""Headers that keep browsers from doing what nobody here needs."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_POLICY = "Content-Security-Policy"
_NO_FRAMES = "frame-ancestors 'none'"


class SecurityHeaders:
    """ASGI middleware around everything, the lock's refusals included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _ALWAYS.items():
                    headers[name] = value
                policy = headers.get(_POLICY, "").rstrip("; ")
                if _NO_FRAMES not in policy:
                    headers[_POLICY] = f"{policy}; {_NO_FRAMES}" if policy else _NO_FRAMES
                if scope["scheme"] == "https":
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                if not headers.get("content-type", "").startswith(_KEPT):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, with_headers)


_KEPT = ("application/javascript", "text/javascript", "text/css", "font/", "image/")
"""What browsers may keep: the UI's own files, the same for everyone."""
