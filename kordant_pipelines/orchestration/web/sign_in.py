"""The sign-in page: a token becomes a browser session, rate-limited and audited."""

import json
import secrets
from functools import cache
from http import HTTPStatus
from importlib.resources import files

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from kordant_pipelines.services.access.access import Access
from kordant_pipelines.services.access.sessions import TooManyTries

SIGN_IN_PATH = "/sign-in"
SIGN_OUT_PATH = "/sign-out"
COOKIE = "kordant_session"
_MAX_BODY = 2000


def sign_in_routes(access: Access) -> list[Route]:
    """The page, and what it posts to."""

    async def page(_request: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return HTMLResponse(
            _page().replace("NONCE", nonce), headers={"Content-Security-Policy": policy}
        )

    async def sign_in(request: Request) -> Response:
        token = await _token(request)
        if token is None:
            return _told(HTTPStatus.BAD_REQUEST, 'Send {"token": "kdt_…"} as application/json.')
        address = request.client.host if request.client else "unknown"
        try:
            signed_in = await run_in_threadpool(access.sessions.sign_in, token, address)
        except TooManyTries as tries:
            seconds = max(1, round(tries.after.total_seconds()))
            answer = _told(
                HTTPStatus.TOO_MANY_REQUESTS, f"Too many tries. Try again in {seconds} seconds."
            )
            answer.headers["Retry-After"] = str(seconds)
            return answer
        if signed_in is None:
            return _told(
                HTTPStatus.UNAUTHORIZED, "This token is not known, has expired or was revoked."
            )
        identity = signed_in.identity
        answer = JSONResponse({"name": identity.name, "role": identity.role.value})
        answer.set_cookie(
            COOKIE,
            signed_in.cookie,
            max_age=int(signed_in.lasts.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    async def sign_out(request: Request) -> Response:
        cookie = request.cookies.get(COOKIE)
        if cookie:
            await run_in_threadpool(access.sessions.sign_out, cookie)
        answer = JSONResponse({})
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    return [
        Route(SIGN_IN_PATH, page, methods=["GET"]),
        Route(SIGN_IN_PATH, sign_in, methods=["POST"]),
        Route(SIGN_OUT_PATH, sign_out, methods=["POST"]),
    ]


async def _token(request: Request) -> str | None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    length = request.headers.get("content-length", "")
    # Another site's page could not send it as JSON, nor sign its visitor in as somebody else.
    if kind != "application/json" or not length.isdigit() or int(length) > _MAX_BODY:
        return None
    try:
        token = json.loads(await request.body())["token"]
    except (ValueError, TypeError, KeyError):
        return None
    return token if isinstance(token, str) else None


def _told(status: HTTPStatus, message: str) -> JSONResponse:
    return JSONResponse({"data": None, "errors": [{"message": message}]}, status_code=status)


@cache
def _page() -> str:
    folder = files("kordant_pipelines.orchestration.web").joinpath("pages")
    return folder.joinpath("sign_in.html").read_text()
