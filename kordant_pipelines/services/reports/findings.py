"""The findings of a report: exposures, those that sources tell of alike taken together."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.breaches import is_reportable
from kordant_pipelines.domain.exposures import Exposure, by_breach
from kordant_pipelines.domain.reports.inputs import KnownFinding
from kordant_pipelines.storage.models import (
    AlertExposureRow,
    AlertRow,
    BreachRow,
    ExposureRow,
)


def gather_findings(
    session: Session, masked: Mapping[str, str], *, include_unverified: bool
) -> list[KnownFinding]:
    """What is known of these items (id to masked identifier), through the filter alerts share."""
    rows = session.execute(
        select(ExposureRow, BreachRow)
        .join(
            BreachRow,
            (BreachRow.source == ExposureRow.source) & (BreachRow.key == ExposureRow.breach_key),
        )
        .where(ExposureRow.item_id.in_(masked))
    ).all()
    exposures = [_exposure(row, breach, masked[row.item_id]) for row, breach in rows]
    groups = [
        shown
        for alike in by_breach(exposures)
        if (shown := _reportable(alike, include_unverified=include_unverified))
    ]
    seen = [(row.id, row.first_seen_at, row.cleared_at) for row, _ in rows]
    lives = _lives(seen, _by_first_check(session, masked), groups)
    return [_finding(group, lives[place]) for place, group in enumerate(groups)]


def _exposure(row: ExposureRow, breach: BreachRow, masked: str) -> Exposure:
    return Exposure(
        id=row.id,
        item_id=row.item_id,
        masked=masked,
        breach=breach.to_domain(),
        data_classes=frozenset(row.data_classes),
        alerted_classes=frozenset(row.alerted_classes),
    )


def _reportable(alike: Sequence[Exposure], *, include_unverified: bool) -> list[Exposure]:
    return [e for e in alike if is_reportable(e.breach, include_unverified=include_unverified)]


def _by_first_check(session: Session, item_ids: Iterable[str]) -> set[int]:
    """Exposures that their owner was told of in the digest of a first look."""
    return set(
        session.scalars(
            select(AlertExposureRow.exposure_id)
            .join(AlertRow, AlertRow.id == AlertExposureRow.alert_id)
            .join(ExposureRow, ExposureRow.id == AlertExposureRow.exposure_id)
            .where(AlertRow.kind == AlertKind.BASELINE, ExposureRow.item_id.in_(item_ids))
        )
    )


def _lives(
    seen: Sequence[tuple[int, datetime, datetime | None]],
    by_first_check: AbstractSet[int],
    groups: Sequence[Sequence[Exposure]],
) -> list[dict[Hashable, Any]]:
    """By group: when it was first seen, and when its last source cleared it, if all did."""
    place = {exposure.id: number for number, group in enumerate(groups) for exposure in group}
    frame = pd.DataFrame(seen, columns=["id", "first_seen", "cleared"])
    frame["first_seen"] = pd.to_datetime(frame["first_seen"], utc=True)
    frame["cleared"] = pd.to_datetime(frame["cleared"], utc=True)
    frame["open"] = frame["cleared"].isna()
    frame["first_check"] = frame["id"].isin(by_first_check)
    frame["group"] = frame["id"].map(place)
    lives = (
        frame.dropna(subset=["group"])
        .groupby("group")
        .agg(
            first_seen=("first_seen", "min"),
            cleared=("cleared", "max"),
            open=("open", "any"),
            first_check=("first_check", "all"),
        )
    )
    return lives.sort_index().to_dict("records")


def _finding(alike: Sequence[Exposure], life: Mapping[Hashable, Any]) -> KnownFinding:
    return KnownFinding(
        masked=alike[0].masked,
        breaches=tuple(exposure.breach for exposure in alike),
        data_classes=frozenset[str]().union(*(exposure.data_classes for exposure in alike)),
        first_seen=life["first_seen"].to_pydatetime(),
        cleared_at=None if life["open"] else life["cleared"].to_pydatetime(),
        by_first_check=bool(life["first_check"]),
    )
