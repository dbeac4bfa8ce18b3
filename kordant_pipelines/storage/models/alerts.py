"""Alerts raised for a subscription, and the exposures each speaks of."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines.storage.models.base import Base, Id, Moment, Sealed, new_id, stored_enum


class AlertRow(Base):
    """An alert. `dedupe_key` is unique: no finding is alerted twice, whoever runs when.

    `facts_sealed` holds a JSON list of what its kind tells of: `domain.alerts.ExposureFacts` or
    `domain.title_alerts.TitleFacts`.
    """

    __tablename__ = "alerts"

    id: Mapped[Id] = mapped_column(primary_key=True, default=new_id("alr"))
    subscription_id: Mapped[str] = mapped_column(
        ForeignKey("subscriptions.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[AlertKind] = mapped_column(stored_enum(AlertKind))
    severity: Mapped[Severity] = mapped_column(stored_enum(Severity))
    dedupe_key: Mapped[str] = mapped_column(String(300), unique=True)
    facts_sealed: Mapped[Sealed]
    raised_at: Mapped[Moment]
    run_id: Mapped[str] = mapped_column(String(64), index=True)


class AlertExposureRow(Base):
    """Which exposures an alert speaks of."""

    __tablename__ = "alert_exposures"

    alert_id: Mapped[str] = mapped_column(
        ForeignKey("alerts.id", ondelete="CASCADE"), primary_key=True
    )
    exposure_id: Mapped[int] = mapped_column(
        ForeignKey("exposures.id", ondelete="CASCADE"), primary_key=True, index=True
    )
