"""LeakCheck's answers, typed, without what was leaked.

A row arrives with the leaked values themselves, plaintext passwords among them. They are dropped
here, in the validation of the row, before anything could log or store them: what is kept says
where and when something leaked and which kinds of data, never the data.
"""

import re
from typing import Any, Final, cast

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from kordant_pipelines.providers.leakcheck.partial_date import PartialDate

UNNAMED_SOURCE: Final = "Unknown"
"""What LeakCheck calls the source of data of unknown origin; also stands for a missing name."""

_FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NOT_LEAKED: Final = {"source", "fields"}


class LeakCheckRow(BaseModel):
    """One leaked row.

    `source` names the breach; `breach_date` keeps the precision given, None if there is none.
    `fields` are the names of the exposed fields (`email`, `password`, `first_name`, …).
    `password_present` tells whether a password came with the row.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    source: str
    breach_date: PartialDate | None
    unverified: bool
    passwordless: bool
    compilation: bool
    fields: frozenset[str]
    password_present: bool

    @model_validator(mode="before")
    @classmethod
    def _drop_what_leaked(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        row = cast("dict[str, Any]", raw)
        source = row.get("source", {})
        about = cast("dict[str, Any]", {"name": None} if source is None else source)
        if not isinstance(source, dict | None) or "name" not in about:
            # A source without a name is known to occur, one without even the key is not.
            return {}
        return {
            "source": _printable(about["name"]) or UNNAMED_SOURCE,
            "breach_date": about.get("breach_date"),
            "unverified": about.get("unverified") or False,
            "passwordless": about.get("passwordless") or False,
            "compilation": about.get("compilation") or False,
            "fields": _field_names(row),
            "password_present": bool(row.get("password")),
        }

    @field_validator("breach_date", mode="before")
    @classmethod
    def _as_far_as_known(cls, raw: Any) -> PartialDate | None:
        return PartialDate.parse(raw) if isinstance(raw, str) else None


class LeakCheckPage(BaseModel):
    """One answer of the query endpoint. `found` may count the page or the whole result."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    found: int
    quota: int | None = None
    result: tuple[LeakCheckRow, ...]

    @field_validator("result", mode="before")
    @classmethod
    def _none_is_no_rows(cls, raw: Any) -> Any:
        return () if raw is None else raw


class LeakCheckResult(BaseModel):
    """What LeakCheck has on one value.

    `found` is how many rows it says there are, or how many came if that is more. When `complete`
    is false there are or may be rows past the largest offset it serves. `quota` is what is left of
    the plan's queries, None if it did not say.
    """

    model_config = ConfigDict(frozen=True)

    found: int
    rows: tuple[LeakCheckRow, ...]
    complete: bool
    quota: int | None


def _field_names(row: dict[str, Any]) -> frozenset[str]:
    """Names that look like field names: a value that slipped into their place must not pass."""
    listed = row.get("fields")
    names: list[Any] = cast("list[Any]", listed) if isinstance(listed, list) else []
    names = names + [name for name, value in row.items() if value and name not in _NOT_LEAKED]
    return frozenset(
        name for name in names if isinstance(name, str) and _FIELD_NAME.fullmatch(name)
    )


def _printable(name: Any) -> Any:
    """A name without control characters, which no database stores; anything but a text as it is."""
    return "".join(c for c in name if c.isprintable()).strip() if isinstance(name, str) else name
