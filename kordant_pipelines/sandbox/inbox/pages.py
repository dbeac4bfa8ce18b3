"""Pages on which a person sees what each invented customer got."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.world.customers import Customer
from kordant_pipelines.sandbox.world.inbox import Received

_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"
_MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""A mail is what it would be in a mail program: no scripts, nothing fetched."""


@dataclass(frozen=True)
class Numbered:
    """A message, and its number among all."""

    number: int
    message: Received


@dataclass(frozen=True)
class Mailbox:
    """One customer and what they received, newest first."""

    customer: Customer
    messages: Sequence[Numbered]

    def count(self, channel: str) -> int:
        """How many came over a channel."""
        return sum(one.message.channel == channel for one in self.messages)


class InboxPages:
    """The pages over one bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def customers(self, request: Request) -> Response:
        """GET /inbox: everyone, and how much they got."""
        del request
        everyone = [self._of(customer) for customer in self._bench.world.customers]
        total = len(self._bench.world.inbox.messages())
        theirs = sum(len(one.messages) for one in everyone)
        return _page("customers.html", everyone=everyone, total=total, others=total - theirs)

    async def customer(self, request: Request) -> Response:
        """GET /inbox/{ref}: one customer's messages."""
        for customer in self._bench.world.customers:
            if customer.ref == request.path_params["ref"]:
                return _page("customer.html", one=self._of(customer))
        return PlainTextResponse("no such customer", status_code=404)

    async def mail(self, request: Request) -> Response:
        """GET /inbox/{ref}/{number}: an e-mail's HTML, for a frame; `number` counts messages."""
        messages = self._bench.world.inbox.messages()
        number = int(request.path_params["number"])
        if not 0 <= number < len(messages):
            return PlainTextResponse("no such message", status_code=404)
        headers = {"content-security-policy": _MAIL_POLICY}
        return HTMLResponse(messages[number].html, headers=headers)

    def _of(self, customer: Customer) -> Mailbox:
        # We write addresses in lower case, as the customer may not have.
        addresses = {customer.email.lower(), customer.phone, *customer.devices}
        messages = [
            Numbered(number, message)
            for number, message in enumerate(self._bench.world.inbox.messages())
            if message.to in addresses
        ]
        return Mailbox(customer, messages[::-1])


def inbox_routes(bench: Bench) -> list[Route]:
    """The routes below /inbox."""
    pages = InboxPages(bench)
    return [
        Route("/", pages.customers),
        Route("/{ref}", pages.customer),
        Route("/{ref}/{number:int}", pages.mail),
    ]


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("kordant_pipelines.sandbox.inbox"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page(name: str, **context: object) -> Response:
    html = _templates().get_template(name).render(context)
    return HTMLResponse(html, headers={"content-security-policy": _PAGE_POLICY})
