"""Answers that several routes give: pages with the headers that suit a link in a message."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from kordant_pipelines.messages.language import language
from kordant_pipelines.messages.pages import gone_page

PRIVATE = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}
"""Headers of what its address alone opens: nobody keeps, indexes or passes on the address."""


def page(html: str, *, status: int = 200) -> Response:
    """A page of ours, with its styles and nothing else."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
    headers = PRIVATE | {"content-security-policy": policy}
    return HTMLResponse(html, status_code=status, headers=headers)


def gone(request: Request) -> Response:
    """404: a link opens nothing, said in the reader's language."""
    tag = request.headers.get("accept-language", "en").partition(",")[0].partition(";")[0]
    return page(gone_page(language(tag.strip())), status=404)
