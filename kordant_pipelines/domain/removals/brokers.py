"""A data broker as the registry describes it: how to look, how to ask, whom it belongs to."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from string import Formatter
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{1,253}$")]
PLACEHOLDERS = frozenset(
    {
        *("name", "first", "last", "city", "region", "postal_code", "country"),
        *("reply_to", "reference", "profile_url"),
    }
)
"""What a recipe may fill in: the person, the address that answers go to, the request."""


def _known_placeholders(fields: Mapping[str, str]) -> Mapping[str, str]:
    used = {name for text in fields.values() for _, name, _, _ in Formatter().parse(text) if name}
    if unknown := used - PLACEHOLDERS:
        raise ValueError(f"no such placeholder: {', '.join(sorted(unknown))}")
    return fields


Fields = Annotated[Mapping[str, str], AfterValidator(_known_placeholders)]
Path = Annotated[str, StringConstraints(pattern=r"^/[^\s{}?#]*$")]
Selector = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Method(StrEnum):
    """How a request reaches the broker."""

    EMAIL = "email"
    WEB_FORM = "web_form"
    GUIDED = "guided"  # the customer does it, along steps: a captcha, a call, an identity check


class Sight(StrEnum):
    """Who can see whether the broker lists someone."""

    SITE = "site"  # we can, at a search page whose form the registry knows
    CUSTOMER = "customer"  # its public pages keep programs out, or were never tried by one
    NONE = "none"  # it publishes no profiles


class Need(StrEnum):
    """What a letter must tell the broker, so that it finds the person. The name is always told."""

    PLACE = "place"
    EMAIL = "email"
    PHONE = "phone"
    PROFILE_URL = "profile_url"


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not a web address; write https://host/path")
    return url


Url = Annotated[str, AfterValidator(_web_address)]


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limit(_Fact):
    """At most so many requests in so many seconds, of all customers together."""

    requests: Annotated[int, Field(ge=1)] = 6
    seconds: Annotated[int, Field(ge=1)] = 60


class SearchRecipe(_Fact):
    """A search page: path and query below the broker's `url`, and CSS selectors of what it shows.

    A page that shows neither a `card` nor `nothing` is not the page we know, and says nothing.
    `more` is the link to the next page, where a search has several.
    """

    path: Path
    query: Fields
    card: Selector
    name: Selector
    place: Selector
    link: Selector
    nothing: Selector
    more: Selector | None = None


class FormRecipe(_Fact):
    """An opt-out form: where its fields go, and the selectors its answers are told apart by.

    `status` is a page that says whether a reference is known there: `known` and `unknown` are the
    selectors of its two answers.
    """

    path: Path
    fields: Fields
    accepted: Selector
    captcha: Selector | None = None
    confirms_by_mail: bool = False
    confirmed: Selector | None = None
    status: Path | None = None
    status_query: Fields = {}
    known: Selector | None = None
    unknown: Selector | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.status and not (self.known and self.unknown):
            raise ValueError("a status page needs the selectors known and unknown")
        if self.confirms_by_mail and not self.confirmed:
            raise ValueError("a form confirmed by mail needs the selector confirmed")
        return self


class Broker(_Fact):
    """A broker. `covered_by` is the broker whose removal takes the profile off this one as well.

    `mirrors` are further domains with the same data and the same opt-out: they are no brokers of
    their own. `countries` are those whose people it holds (ISO 3166-1 alpha-2); none named means
    all; `regions` narrows that to parts of them. `drop` is California's platform, from which all
    registered brokers fetch requests.
    """

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=100)]
    domain: Domain
    url: Url
    method: Method
    sight: Sight
    opt_out_url: Url | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    needs: tuple[Need, ...] = (Need.PLACE,)
    covered_by: Key | None = None
    mirrors: tuple[Domain, ...] = ()
    drop: bool = False
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    search: SearchRecipe | None = None
    form: FormRecipe | None = None
    limit: Limit = Limit()
    letters_a_day: Annotated[int, Field(ge=1)] = 50

    @model_validator(mode="after")
    def _has_what_its_method_needs(self) -> Self:
        if self.method is Method.EMAIL and not self.email:
            raise ValueError("method email needs an email")
        if self.method is Method.WEB_FORM and not self.form:
            raise ValueError("method web_form needs a form")
        if self.method is Method.GUIDED and not (self.opt_out_url and self.steps):
            raise ValueError("method guided needs an opt_out_url and steps")
        if self.drop and self.method is not Method.GUIDED:
            raise ValueError("drop needs the resident's own proof: its method is guided")
        if (self.sight is Sight.SITE) != (self.search is not None):
            raise ValueError("sight site needs a search, and only that")
        return self

    @property
    def domains(self) -> tuple[str, ...]:
        """The hosts whose links are the broker's own: subdomains of these."""
        return (self.domain, *self.mirrors)

    @property
    def page_to_file(self) -> str:
        """Where a person asks for removal: its opt-out page, or where our form would go."""
        if self.opt_out_url is None and self.form is not None:
            return f"{self.url.rstrip('/')}{self.form.path}"
        return self.opt_out_url or self.url

    def serves(self, country: str, region: str | None) -> bool:
        """Whether it holds people who live there."""
        return (not self.countries or country in self.countries) and (
            not self.regions or region in self.regions
        )


def require_sound(brokers: Iterable[Broker]) -> dict[str, Broker]:
    """The brokers by key, if they fit together.

    Raises:
        ValueError: a key occurs twice, or a `covered_by` names none, or itself, or a covered one.
    """
    known: dict[str, Broker] = {}
    for broker in brokers:
        if broker.key in known:
            raise ValueError(f"{broker.key} is there twice; give each broker a key of its own")
        known[broker.key] = broker
    for broker in known.values():
        if broker.covered_by is None:
            continue
        parent = known.get(broker.covered_by)
        if parent is None:
            raise ValueError(f"{broker.key} is covered by {broker.covered_by}, which is not there")
        if parent.covered_by is not None or parent is broker:
            raise ValueError(
                f"{broker.key} is covered by {parent.key}, which is covered itself; "
                "name the one where the request is made"
            )
    return known
