"""A breach and a paste in Have I Been Pwned's shape; no rules about who may see them."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal


def _whole_seconds(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


Moment = Annotated[AwareDatetime, AfterValidator(_whole_seconds)]
"""An instant as the provider writes it: UTC, whole seconds."""


class Breach(BaseModel):
    """A breach; its JSON has the provider's PascalCase keys (HIBP v3, "The breach model").

    `description` is HTML and not to be trusted; `domain` may be empty; `attribution` is left out of
    the JSON when there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_pascal)

    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")
    title: str
    domain: str
    breach_date: date
    added_date: Moment
    modified_date: Moment
    pwn_count: int = Field(ge=0)
    description: str
    logo_path: str
    attribution: str | None = None
    data_classes: tuple[str, ...]
    is_verified: bool = True
    is_fabricated: bool = False
    is_sensitive: bool = False
    is_retired: bool = False
    is_spam_list: bool = False
    is_malware: bool = False
    is_subscription_free: bool = False
    is_stealer_log: bool = False

    def as_json(self) -> dict[str, object]:
        """The breach as a JSON-ready mapping in the provider's keys."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Paste(BaseModel):
    """A paste (HIBP v3, "The paste model"); `title` and `date` are null where the site has none."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_pascal)

    source: str
    id: str
    title: str | None = None
    date: Moment | None = None
    email_count: int = Field(ge=0)

    def as_json(self) -> dict[str, object]:
        """The paste as a JSON-ready mapping in the provider's keys."""
        return self.model_dump(mode="json", by_alias=True)
