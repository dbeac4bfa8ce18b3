"""The brokers' pages: search, opt-out form, confirmation link, status."""

import html
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.world.broker import Asked, BrokerSeed
from kordant_pipelines.sandbox.world.brokers import Profile

_FORGERY_TOKEN = "f0e1d2c3"  # noqa: S105 - what the form wants back


def search(request: Request, bench: Bench) -> Response:
    """`search?name=&city=`: cards of those listed, or the words for nobody."""
    seed = _seed(request, bench)
    if seed is None or not seed.shows:
        return _page("Not found", "<p>Not found.</p>", 404)
    if seed.walled:
        return _page("Attention required", "<p>Please enable cookies.</p>", 403)
    name = request.query_params.get("name", "")
    found, more = _page_of(request, seed, bench.world.brokers.search(seed.key, name))
    if not found:
        return _page(seed.name, "<p class='no-results'>We found no one of that name.</p>")
    cards = "".join(
        f"<div class='card'><h2 class='card-name'>{html.escape(p.name)}</h2>"
        f"<span class='card-place'>{html.escape(', '.join(filter(None, (p.city, p.region))))}"
        f"</span><a class='card-link' href='profile/{p.id}'>View full profile</a></div>"
        for p in found
    )
    return _page(seed.name, cards + more)


def optout_form(request: Request, bench: Bench) -> Response:
    """`optout`: the form, with a captcha where the broker has one."""
    seed = _seed(request, bench)
    if seed is None or seed.asked is not Asked.FORM:
        return _page("Not found", "<p>Not found.</p>", 404)
    if seed.redesigned:
        return _page(seed.name, "<div id='app'>Loading the privacy centre</div>")
    captcha = "<div class='captcha'>I am not a robot</div>" if seed.captcha else ""
    fields = "".join(
        f"<input name='{name}'>" for name in ("full_name", "email", "profile", "reference")
    )
    form = (
        f"<form method='post'><input type='hidden' name='csrf' value='{_FORGERY_TOKEN}'>"
        f"{fields}{captcha}</form>"
    )
    return _page(seed.name, form)


def optout(request: Request, bench: Bench) -> Response:
    """`optout`, sent: takes the request in, and mails the link where one is wanted."""
    seed = _seed(request, bench)
    if seed is None or seed.asked is not Asked.FORM or seed.redesigned:
        return _page("Not found", "<p>Not found.</p>", 404)
    sent = {name: values[0] for name, values in parse_qs(request.state.body.decode()).items()}
    if sent.get("csrf") != _FORGERY_TOKEN or seed.captcha:
        return _page(seed.name, "<div class='captcha'>I am not a robot</div>")
    if not sent.get("email") or not sent.get("full_name"):
        return _page(seed.name, "<p class='error'>Name and e-mail address are required.</p>")
    brokers = bench.world.brokers
    reference = sent.get("reference", "")
    filed = brokers.file(seed.key, reference, sent["email"], sent.get("profile", ""))
    if seed.confirms:
        url = str(request.url).split("?")[0].removesuffix("/optout")
        brokers.send_link(seed.key, filed, f"{url}/confirm?token={filed.token}")
    return _page(seed.name, "<p class='request-received'>We have received your request.</p>")


def confirm(request: Request, bench: Bench) -> Response:
    """`confirm?token=`: the link of the mail."""
    seed = _seed(request, bench)
    token = request.query_params.get("token", "")
    if seed is None or not bench.world.brokers.confirm(seed.key, token):
        return _page("Not found", "<p>This link is not valid.</p>", 404)
    return _page(seed.name, "<p class='request-confirmed'>Your request is confirmed.</p>")


def status(request: Request, bench: Bench) -> Response:
    """`optout/status?reference=`: whether there is such a request."""
    seed = _seed(request, bench)
    if seed is None or not seed.status_page:
        return _page("Not found", "<p>Not found.</p>", 404)
    known = bench.world.brokers.knows(seed.key, request.query_params.get("reference", ""))
    word = "known" if known else "unknown"
    return _page(seed.name, f"<p class='request-{word}'>This request is {word} to us.</p>")


def _page_of(request: Request, seed: BrokerSeed, found: list[Profile]) -> tuple[list[Profile], str]:
    """One page of what was found, and its link to the next."""
    if seed.page_size is None:
        return found, ""
    number = int(request.query_params.get("page", "1"))
    end = number * seed.page_size
    page = found[end - seed.page_size : end]
    if end >= len(found):
        return page, ""
    query = urlencode({**request.query_params, "page": number + 1})
    return page, f"<a class='more' href='search?{html.escape(query)}'>More</a>"


def _seed(request: Request, bench: Bench) -> BrokerSeed | None:
    return bench.world.brokers.seed(str(request.path_params["key"]))


def _page(title: str, body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(
        f"<!DOCTYPE html>\n<html lang='en'><head><title>{html.escape(title)}</title></head>"
        f"<body><main>{body}</main></body></html>\n",
        status_code=status,
    )
