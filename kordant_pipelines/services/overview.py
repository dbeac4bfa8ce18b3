"""Counts over all subscriptions, per tier: what a person asks first."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.breaches import is_reportable
from kordant_pipelines.domain.coverage import Outcome
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import (
    AlertRow,
    BreachRow,
    CoverageRow,
    ExposureRow,
    NotificationRow,
    ScanRow,
    SubscriptionRow,
)


@dataclass
class TierOverview:
    """One tier. `coverage` counts the lookups of each subscription's latest scan by outcome."""

    subscriptions: int = 0
    scanned: int = 0
    exposures: int = 0
    hidden: int = 0
    alerts: int = 0
    notifications: int = 0
    coverage: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))

    def count(self, *outcomes: Outcome) -> int:
        """How many lookups had one of these outcomes."""
        return sum(self.coverage[outcome] for outcome in outcomes)


def overview(database: Database) -> Mapping[Tier, TierOverview]:
    """What is known, per tier. `hidden` are exposures in breaches customers do not hear of."""
    tiers = {tier: TierOverview() for tier in Tier}
    with database.transaction() as session:
        for tier, count in session.execute(
            select(SubscriptionRow.tier, func.count()).group_by(SubscriptionRow.tier)
        ):
            tiers[tier].subscriptions = count
        for tier, breach, include_unverified, count in session.execute(
            select(
                SubscriptionRow.tier, BreachRow, SubscriptionRow.include_unverified, func.count()
            )
            .select_from(ExposureRow)
            .join(SubscriptionRow, SubscriptionRow.id == ExposureRow.subscription_id)
            .join(
                BreachRow,
                (BreachRow.source == ExposureRow.source)
                & (BreachRow.key == ExposureRow.breach_key),
            )
            .where(ExposureRow.cleared_at.is_(None))
            .group_by(
                SubscriptionRow.tier,
                BreachRow.source,
                BreachRow.key,
                SubscriptionRow.include_unverified,
            )
        ):
            shown = is_reportable(breach.to_domain(), include_unverified=include_unverified)
            tiers[tier].exposures += count if shown else 0
            tiers[tier].hidden += 0 if shown else count
        _count_alerts(session, tiers)
        _count_coverage(session, tiers)
    return tiers


def _count_alerts(session: Session, tiers: Mapping[Tier, TierOverview]) -> None:
    of_tier = SubscriptionRow.id == AlertRow.subscription_id
    for tier, count in session.execute(
        select(SubscriptionRow.tier, func.count())
        .select_from(AlertRow)
        .join(SubscriptionRow, of_tier)
        .group_by(SubscriptionRow.tier)
    ):
        tiers[tier].alerts = count
    for tier, count in session.execute(
        select(SubscriptionRow.tier, func.count())
        .select_from(NotificationRow)
        .join(SubscriptionRow, SubscriptionRow.id == NotificationRow.subscription_id)
        .group_by(SubscriptionRow.tier)
    ):
        tiers[tier].notifications = count


def _count_coverage(session: Session, tiers: Mapping[Tier, TierOverview]) -> None:
    latest = (
        select(ScanRow.id, ScanRow.subscription_id)
        .distinct(ScanRow.subscription_id)
        .order_by(ScanRow.subscription_id, ScanRow.scanned_at.desc())
        .subquery()
    )
    for tier, count in session.execute(
        select(SubscriptionRow.tier, func.count())
        .join(latest, latest.c.subscription_id == SubscriptionRow.id)
        .group_by(SubscriptionRow.tier)
    ):
        tiers[tier].scanned = count
    for tier, outcome, count in session.execute(
        select(SubscriptionRow.tier, CoverageRow.outcome, func.count())
        .join(latest, latest.c.subscription_id == SubscriptionRow.id)
        .join(CoverageRow, CoverageRow.scan_id == latest.c.id)
        .group_by(SubscriptionRow.tier, CoverageRow.outcome)
    ):
        tiers[tier].coverage[outcome] = count
