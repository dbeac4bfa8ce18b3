"""LeakCheck as a breach source: the leaks a phone number or a username is in."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date

from kordant_pipelines.domain.breaches import Breach, DatePrecision, Source
from kordant_pipelines.domain.data_classes import from_leakcheck
from kordant_pipelines.domain.exposures import Finding
from kordant_pipelines.domain.identifiers import Identifier
from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.providers.leakcheck.client import LeakCheckClient, LeakCheckKind
from kordant_pipelines.providers.leakcheck.models import UNNAMED_SOURCE, LeakCheckRow
from kordant_pipelines.providers.leakcheck.partial_date import PartialDate
from kordant_pipelines.services.darkwatch.sources import SourceAnswer
from kordant_pipelines.services.lookups import failed

_LONGEST_KEY = 200


class LeakCheckSource:
    """Leaks a phone number or username is in."""

    def __init__(self, client: LeakCheckClient) -> None:
        self._client = client

    async def lookup(self, identifier: Identifier) -> SourceAnswer:
        """See `BreachSource`. LeakCheck serves no more than some 3,500 rows of one identifier."""
        try:
            kind = LeakCheckKind(identifier.kind.value)
            answer = await self._client.query(identifier.value, kind)
        except ProviderError as error:
            raise failed(error) from None
        return SourceAnswer(_findings(answer.rows), complete=answer.complete)


def _findings(rows: Iterable[LeakCheckRow]) -> list[Finding]:
    """One finding a leak: LeakCheck lists a row for each record of the identifier in it."""
    by_key: dict[str, list[LeakCheckRow]] = {}
    for row in rows:
        by_key.setdefault(_key(row), []).append(row)
    return [_finding(key, same) for key, same in sorted(by_key.items())]


def _key(row: LeakCheckRow) -> str:
    """The name of the leak; those of unknown origin are told apart by their date, if they have one.

    Else all of them would be one breach, and a second one no news.
    """
    name = row.source
    if name == UNNAMED_SOURCE and row.breach_date:
        name = f"{name} ({row.breach_date})"
    if len(name) <= _LONGEST_KEY:
        return name
    return f"{name[: _LONGEST_KEY - 17]}:{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _finding(key: str, rows: list[LeakCheckRow]) -> Finding:
    classes = frozenset[str]().union(
        *(from_leakcheck(row.fields, has_password=row.password_present) for row in rows)
    )
    happened, precision = _first_date([row.breach_date for row in rows if row.breach_date])
    breach = Breach(
        source=Source.LEAKCHECK,
        key=key,
        title=key,
        data_classes=classes,
        breach_date=happened,
        date_precision=precision,
        is_verified=not any(row.unverified for row in rows),
    )
    return Finding(breach, classes)


def _first_date(dates: Sequence[PartialDate]) -> tuple[date | None, DatePrecision]:
    if not dates:
        return None, DatePrecision.DAY
    first = min(dates, key=lambda d: (d.year, d.month or 1, d.day or 1))
    day = date(first.year, first.month or 1, first.day or 1)
    if first.month is None:
        return day, DatePrecision.YEAR
    return day, DatePrecision.DAY if first.day else DatePrecision.MONTH
