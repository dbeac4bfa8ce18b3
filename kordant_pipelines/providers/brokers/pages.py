"""HTML answers, told apart by the selectors of a recipe. A page we do not know says nothing."""

from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from kordant_pipelines.domain.removals.brokers import SearchRecipe
from kordant_pipelines.domain.removals.people import Listing
from kordant_pipelines.domain.removals.replies import is_own
from kordant_pipelines.providers.answers import error_of_status
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    UnavailableProviderError,
)
from kordant_pipelines.providers.reply import Reply


def page_of(provider: str, reply: Reply) -> LexborHTMLParser:
    """The page of a 200.

    Raises:
        ProviderError: another status; `malformed_response`, the page was cut off.
    """
    if reply.status != 200:
        raise error_of_status(provider, reply)
    if b"</html>" not in reply.body[-2048:].lower():
        raise UnavailableProviderError(
            provider, ErrorCode.MALFORMED_RESPONSE, "the page has no end"
        )
    return LexborHTMLParser(reply.body)


def listings_of(
    provider: str, reply: Reply, recipe: SearchRecipe, url: str, domains: tuple[str, ...]
) -> list[Listing]:
    """The entries of a search page at `url`; empty only if the page itself says that there is none.

    Raises:
        PermanentProviderError: `schema_drift`, it is not the page the recipe describes.
        ProviderError: it did not answer.
    """
    page = page_of(provider, reply)
    cards = page.css(recipe.card)
    if not cards and page.css_first(recipe.nothing) is None:
        raise PermanentProviderError(
            provider, ErrorCode.SCHEMA_DRIFT, "neither a card nor the words for none"
        )
    listings: list[Listing] = []
    for card in cards:
        name, link = card.css_first(recipe.name), card.css_first(recipe.link)
        target = urljoin(url, (link.attributes.get("href") if link else None) or "")
        if name is None or not _text(name) or link is None or not is_own(target, domains):
            raise PermanentProviderError(
                provider, ErrorCode.SCHEMA_DRIFT, "a card without its name or link"
            )
        place = card.css_first(recipe.place)
        listings.append(Listing(_text(name), _text(place) if place else "", target))
    return listings


def next_page(
    provider: str, reply: Reply, recipe: SearchRecipe, url: str, domains: tuple[str, ...]
) -> str | None:
    """Where the search at `url` goes on; None on its last page.

    Raises:
        PermanentProviderError: `schema_drift`, it goes on elsewhere than at the broker.
    """
    link = page_of(provider, reply).css_first(recipe.more) if recipe.more else None
    if link is None:
        return None
    target = urljoin(url, link.attributes.get("href") or "")
    if target == url or not is_own(target, domains):
        raise PermanentProviderError(provider, ErrorCode.SCHEMA_DRIFT, "no page to go on to")
    return target


def hidden_fields(page: LexborHTMLParser) -> dict[str, str]:
    """The hidden inputs of a page's form, which it wants back: tokens against forgery."""
    found: dict[str, str] = {}
    for node in page.css("form input[type=hidden]"):
        if name := node.attributes.get("name"):
            found[name] = node.attributes.get("value") or ""
    return found


def _text(node: LexborNode) -> str:
    return " ".join(node.text().split())
