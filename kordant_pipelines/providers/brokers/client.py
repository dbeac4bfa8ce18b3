"""One broker's site, along its recipes: searching, filing the form, following the link."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from kordant_pipelines.domain.removals.brokers import Broker, FormRecipe, SearchRecipe
from kordant_pipelines.domain.removals.people import Listing, find_listing
from kordant_pipelines.domain.removals.replies import is_own
from kordant_pipelines.providers.brokers.filling import Filling
from kordant_pipelines.providers.brokers.pages import hidden_fields, listings_of, next_page, page_of
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    UnavailableProviderError,
    UnsentProviderError,
)
from kordant_pipelines.providers.limiter import ProviderLimiter
from kordant_pipelines.providers.reply import Reply
from kordant_pipelines.providers.retrying import DEFAULT_RETRIES, RetryBudget
from kordant_pipelines.providers.transport import DEFAULT_TIMEOUTS, ProviderHttp, Timeouts

T = TypeVar("T")

PAGES_AT_MOST: Final = 50
"""Of one search; a name that fills more is not looked through."""

_HTML: Final = {"accept": "text/html"}
_FORM: Final = {"content-type": "application/x-www-form-urlencoded"}


class CaptchaShown(Exception):
    """The form wants to see a person: nothing was sent, and the customer has to file it."""


class AnswerNotUnderstood(Exception):
    """The form was sent, and its answer is none that the recipe knows: it may well be a yes."""


class BrokerSite:
    """A broker's pages. Open it with `async with` inside the event loop that uses it.

    Every method raises `ProviderError` when the broker did not answer as its recipe says.

    Args:
        broker: with the recipes for what is called.
        limiter: open, for this broker; all its pages count.
        timeouts: of each attempt.
        retries: of each page that is read; a form is sent once.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        limiter: ProviderLimiter,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: RetryBudget = DEFAULT_RETRIES,
    ) -> None:
        self._broker = broker
        self._provider = f"broker/{broker.key}"
        self._limiter = limiter
        self._timeouts = timeouts
        self._retries = retries
        self._http = self._below(broker.url)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self._http)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def find(self, filling: Filling) -> Listing | None:
        """The person's own entry; None if the broker's pages, read to the last, list another."""
        async for listings in self.search(filling):
            found = find_listing(filling.person, listings, filling.profile_url)
            if found is not None:
                return found
        return None

    async def search(self, filling: Filling) -> AsyncGenerator[list[Listing]]:
        """Whom the broker lists for this person's name and place, page by page.

        A page is empty only if it says that there is nobody. `unavailable` past PAGES_AT_MOST:
        what was not read may hold the person.
        """
        recipe, broker = self._broker.search, self._broker
        if recipe is None:
            raise ValueError(f"{broker.key} has no search recipe; its sight is not SITE")
        url = f"{broker.url.rstrip('/')}{recipe.path}?{urlencode(filling.fill(recipe.query))}"
        for _ in range(PAGES_AT_MOST):
            listings, more = await self._read_page(url, recipe)
            yield listings
            if more is None:
                return
            url = more
        raise UnavailableProviderError(
            self._provider, ErrorCode.UNAVAILABLE, f"over {PAGES_AT_MOST} pages"
        )

    async def _read_page(self, url: str, recipe: SearchRecipe) -> tuple[list[Listing], str | None]:
        domains = self._broker.domains

        def read(reply: Reply) -> tuple[list[Listing], str | None]:
            listings = listings_of(self._provider, reply, recipe, url, domains)
            return listings, next_page(self._provider, reply, recipe, url, domains)

        return await self._get(url, read)

    async def file(self, filling: Filling) -> None:
        """Fill in the opt-out form and send it, once.

        Raises:
            CaptchaShown: the form wants to see a person; nothing was sent.
            AnswerNotUnderstood: it was sent; whether it was accepted is not known.
            UnsentProviderError: it was not sent.
            UnavailableProviderError: any other; it may have arrived.
            ProviderError: it did not arrive, or was refused.
        """
        form = self._form()
        endpoint = form.path.lstrip("/")

        def read_form(reply: Reply) -> dict[str, str] | None:
            page = page_of(self._provider, reply)
            if form.captcha and page.css_first(form.captcha) is not None:
                return None
            if page.css_first("form") is None:
                raise self._drift("no form")
            return hidden_fields(page)

        hidden, failed = None, None
        try:
            hidden = await self._http.get(endpoint, read_form)
        except UnavailableProviderError as error:
            failed = UnsentProviderError(self._provider, error.code, error.detail)
        if failed is not None:
            raise failed
        if hidden is None:
            raise CaptchaShown
        await self.send_form(filling, hidden)

    async def send_form(self, filling: Filling, hidden: Mapping[str, str]) -> None:
        """Send the form with the `hidden` fields it was read with; raises as `file` does."""
        form = self._form()

        def read(reply: Reply) -> bool | None:
            page = page_of(self._provider, reply)
            if page.css_first(form.accepted) is not None:
                return True
            return None if form.captcha and page.css_first(form.captcha) is not None else False

        leaves: list[bool] = []
        accepted, failed = None, None
        try:
            accepted = await self._http.post(
                form.path.lstrip("/"),
                read,
                body=urlencode({**hidden, **filling.fill(form.fields)}).encode(),
                headers=_FORM,
                before=lambda: leaves.append(True),
            )
        except UnavailableProviderError as error:
            failed = error if leaves else UnsentProviderError(self._provider, error.code)
        if failed is not None:
            raise failed
        if accepted is None:
            raise CaptchaShown
        if not accepted:
            raise AnswerNotUnderstood

    async def knows(self, filling: Filling) -> bool | None:
        """Whether the broker has a request with this reference; None if it cannot be asked."""
        form = self._form()
        if not (form.status and form.known and form.unknown):
            return None
        known, unknown = form.known, form.unknown

        def read(reply: Reply) -> bool:
            page = page_of(self._provider, reply)
            if page.css_first(known) is not None:
                return True
            if page.css_first(unknown) is not None:
                return False
            raise self._drift("neither known nor unknown")

        params = filling.fill(form.status_query)
        return await self._http.get(form.status.lstrip("/"), read, params=params)

    async def follow(self, link: str) -> None:
        """Follow a confirmation link, which must lead to the broker itself."""
        form = self._form()
        if not is_own(link, self._broker.domains) or not form.confirmed:
            raise PermanentProviderError(
                self._provider, ErrorCode.BAD_REQUEST, "the link leads elsewhere"
            )
        confirmed = form.confirmed

        def read(reply: Reply) -> None:
            if page_of(self._provider, reply).css_first(confirmed) is None:
                raise self._drift("the link's answer is not the one for confirmed")

        await self._get(link, read)

    async def _get(self, url: str, read: Callable[[Reply], T]) -> T:
        """Read a page of the broker's own, wherever below its domains it is."""
        parts = urlsplit(url)
        # Its braces, if it has any, are no placeholders.
        path = parts.path.lstrip("/").replace("{", "{{").replace("}", "}}")
        async with self._below(f"{parts.scheme}://{parts.netloc}") as http:
            return await http.get(
                path, read, params=dict(parse_qsl(parts.query, keep_blank_values=True))
            )

    def _below(self, url: str) -> ProviderHttp:
        return ProviderHttp(
            self._provider,
            base_url=url,
            key_header=_HTML,
            limiter=self._limiter,
            timeouts=self._timeouts,
            retries=self._retries,
        )

    def _form(self) -> FormRecipe:
        if self._broker.form is None:
            raise ValueError(f"{self._broker.key} has no form recipe; its method is not WEB_FORM")
        return self._broker.form

    def _drift(self, detail: str) -> PermanentProviderError:
        return PermanentProviderError(self._provider, ErrorCode.SCHEMA_DRIFT, detail)
