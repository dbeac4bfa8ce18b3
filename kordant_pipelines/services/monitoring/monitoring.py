"""Monitoring as one object: what /metrics and the health sensor are given."""

from dataclasses import dataclass
from datetime import timedelta

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.monitoring import Condition
from kordant_pipelines.services.admin.queue import Queues
from kordant_pipelines.services.calendar.calendar import Calendar
from kordant_pipelines.services.darkwatch.access import ProviderAccess
from kordant_pipelines.services.monitoring.health import Health
from kordant_pipelines.services.monitoring.heartbeats import Heartbeats
from kordant_pipelines.services.monitoring.notices import OperatorNotices, by_webhook
from kordant_pipelines.services.monitoring.providers import Providers
from kordant_pipelines.services.monitoring.totals import Totals
from kordant_pipelines.services.workers import Workers
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.database import Database


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Its parts, on one domain database and one Valkey."""

    queues: Queues
    totals: Totals
    providers: Providers
    heartbeats: Heartbeats
    health: Health
    notices: OperatorNotices

    @classmethod
    def of(
        cls,
        settings: Settings,
        database: Database,
        clock: Clock,
        calendar: Calendar,
        access: ProviderAccess,
        workers: Workers,
    ) -> "Monitoring":
        """Wire it up."""
        queues = Queues(database, clock, calendar.dead_letters)
        providers = Providers(access.valkey_url, access)
        heartbeats = Heartbeats(workers, clock)
        url = settings.alert_webhook_url
        return cls(
            queues=queues,
            totals=Totals(database),
            providers=providers,
            heartbeats=heartbeats,
            health=Health(
                database,
                clock,
                queues,
                providers,
                heartbeats,
                limits=limits(settings),
                hold=timedelta(minutes=settings.alert_hold_minutes),
            ),
            notices=OperatorNotices(database, clock, by_webhook(url) if url else None),
        )


def limits(settings: Settings) -> dict[Condition, float]:
    """Beyond what operators are told."""
    return {
        Condition.QUEUE_WAITING: settings.alert_queue_waiting,
        Condition.OLDEST_DUE: settings.alert_oldest_minutes,
        Condition.FAILURE_RATE: settings.alert_failure_percent,
        Condition.PROVIDER_ERRORS: settings.alert_provider_error_percent,
        Condition.HEARTBEAT: settings.alert_heartbeat_seconds,
    }
