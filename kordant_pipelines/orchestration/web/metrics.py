"""/metrics: what the databases and Valkey know, read at each scrape.

Nothing is counted in this process, so that figures survive its restart and are the same on every
host. What could not be read is left out, and `kordant_scrape_source_up` says so.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kordant_pipelines.domain.monitoring import Measure
from kordant_pipelines.services.admin.queue import QueueHealth
from kordant_pipelines.services.admin.runs import RunRecord
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.monitoring.providers import ProviderFigures, ProvidersUnknown
from kordant_pipelines.services.monitoring.totals import Histogram, RunTotals

METRICS_PATH = "/metrics"
_OF_JOB = ("job", "tier")
_TIMINGS = {
    Measure.WAIT: ("kordant_run_wait_seconds", "From a run's due time to its start"),
    Measure.DURATION: ("kordant_run_duration_seconds", "From a run's start to its end"),
}


def metrics_route(services: Services, record: RunRecord) -> Route:
    """The endpoint; whoever may look at the UI may read it."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(KordantCollector(services, record))
    ProcessCollector(registry=registry, namespace="kordant_web")

    async def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        body = await run_in_threadpool(encode, registry)
        return Response(body, headers={"Content-Type": content_type})

    return Route(METRICS_PATH, metrics, methods=["GET"])


class KordantCollector(Collector):
    """Every metric of ours."""

    def __init__(self, services: Services, record: RunRecord) -> None:
        self._services = services
        self._record = record

    def collect(self) -> Iterator[Metric]:
        """Read all sources; one that cannot be read costs its own metrics alone."""
        up = GaugeMetricFamily(
            "kordant_scrape_source_up",
            "Whether a source could be read (1) or not (0)",
            labels=("source",),
        )
        sources: dict[str, Callable[[], list[Metric]]] = {
            "calendar": self._calendar,
            "heartbeats": self._heartbeats,
            "providers": self._providers,
        }
        for name, read in sources.items():
            try:
                yield from read()
                up.add_metric((name,), 1)
            except ProvidersUnknown:
                up.add_metric((name,), 0)
        yield up

    def _calendar(self) -> list[Metric]:
        monitoring = self._services.monitoring
        health = monitoring.queues.health()
        return [
            *_queue_metrics(health),
            *_outbox_metrics(health),
            *_run_metrics(monitoring.totals.read()),
            *self._conditions(),
        ]

    def _conditions(self) -> list[Metric]:
        raised = GaugeMetricFamily(
            "kordant_health_condition",
            "Whether operators were told of it (1)",
            labels=("condition",),
        )
        for condition, since in self._services.monitoring.health.raised().items():
            raised.add_metric((condition.value,), int(since is not None))
        return [raised]

    def _heartbeats(self) -> list[Metric]:
        now = self._services.monitoring.queues.now()
        ages = GaugeMetricFamily(
            "kordant_heartbeat_age_seconds",
            "Since a part of the system was heard of",
            labels=("part",),
        )
        for beat in self._services.monitoring.heartbeats.read(self._record):
            ages.add_metric((beat.name,), max(0.0, (now - beat.at).total_seconds()))
        return [ages]

    def _providers(self) -> list[Metric]:
        return _provider_metrics(self._services.monitoring.providers.read())


def _queue_metrics(health: QueueHealth) -> list[Metric]:
    waiting = GaugeMetricFamily(
        "kordant_queue_waiting", "Runs that are due and not handed out", labels=_OF_JOB
    )
    oldest = GaugeMetricFamily(
        "kordant_queue_oldest_seconds",
        "For how long the oldest of them has been due",
        labels=_OF_JOB,
    )
    in_flight = GaugeMetricFamily(
        "kordant_queue_in_flight", "Runs that were handed out and have not ended", labels=_OF_JOB
    )
    retries = GaugeMetricFamily(
        "kordant_queue_retries", "Failed runs that are tried again later", labels=_OF_JOB
    )
    for queue in health.queues:
        labels = (queue.job.value, queue.tier.value)
        waiting.add_metric(labels, queue.waiting)
        oldest.add_metric(labels, _age(health.at, queue.oldest_due_at))
        in_flight.add_metric(labels, queue.in_flight)
        retries.add_metric(labels, queue.retries)
    dead = GaugeMetricFamily(
        "kordant_dead_letters", "Failed for good, and nothing made up for it", health.dead_letters
    )
    return [waiting, oldest, in_flight, retries, dead]


def _outbox_metrics(health: QueueHealth) -> list[Metric]:
    return [
        GaugeMetricFamily(
            "kordant_outbox_pending", "Notifications that wait to be sent", health.outbox_pending
        ),
        GaugeMetricFamily(
            "kordant_outbox_oldest_seconds",
            "For how long the oldest of them has waited",
            _age(health.at, health.outbox_oldest_at),
        ),
    ]


def _run_metrics(totals: RunTotals) -> list[Metric]:
    runs = CounterMetricFamily(
        "kordant_runs", "Runs that ended, by what became of them", labels=(*_OF_JOB, "outcome")
    )
    for (job, tier, state), count in totals.runs.items():
        runs.add_metric((job.value, tier.value, state.value), count)
    timings = {
        measure: HistogramMetricFamily(name, text, labels=_OF_JOB)
        for measure, (name, text) in _TIMINGS.items()
    }
    for (job, tier, measure), histogram in totals.timings.items():
        timings[measure].add_metric(
            (job.value, tier.value), _cumulated(histogram), histogram.seconds
        )
    return [runs, *timings.values()]


def _provider_metrics(figures: ProviderFigures) -> list[Metric]:
    calls = CounterMetricFamily(
        "kordant_provider_calls", "Calls to providers, by outcome", labels=("provider", "outcome")
    )
    for (provider, outcome), count in figures.calls.items():
        calls.add_metric((provider, outcome), count)
    left = GaugeMetricFamily(
        "kordant_provider_quota_left", "Calls the provider's limit leaves now", labels=("provider",)
    )
    for provider, count in figures.quota_left.items():
        left.add_metric((provider,), count)
    return [calls, left]


def _cumulated(histogram: Histogram) -> list[tuple[str, float]]:
    """Prometheus' buckets hold all below them."""
    buckets: list[tuple[str, float]] = []
    seen = 0
    for bound, count in sorted(histogram.buckets.items()):
        seen += count
        buckets.append(("+Inf" if bound == float("inf") else str(bound), seen))
    return buckets


def _age(now: datetime, moment: datetime | None) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
