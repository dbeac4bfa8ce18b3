"""Traces by OpenTelemetry, made only where a collector is configured; else a span costs nothing."""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

_tracer = trace.get_tracer("kordant_pipelines")
_providers: list[TracerProvider] = []


def configure_traces(url: str | None, part: str) -> None:
    """Send this process's spans to the collector at `url` (OTLP over HTTP); None: make none.

    The first call of a process decides.
    """
    if url is None or _providers:
        return
    provider = TracerProvider(
        resource=Resource.create({"service.name": "kordant-pipelines", "service.part": part})
    )
    exporter = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces", timeout=5)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    _providers.append(provider)


def flush_traces() -> None:
    """Send what waits to be sent."""
    for provider in _providers:
        provider.force_flush()


def past_span(name: str, seconds: float, attributes: Mapping[str, str | int]) -> None:
    """A span that ends now and began so long ago."""
    now = time.time_ns()
    began = now - int(seconds * 1e9)
    _tracer.start_span(name, attributes=attributes, start_time=began).end(now)


@contextmanager
def span(name: str, attributes: Mapping[str, str | int]) -> Generator[trace.Span]:
    """A span around a block: ids and counts only. An exception gives it its type, not its text."""
    with _tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_status(trace.StatusCode.ERROR)
            current.set_attribute("error.type", type(error).__qualname__)
            raise
