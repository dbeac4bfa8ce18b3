"""/metrics in Prometheus' own format, and the dashboard and rules that read it."""

import re
import time
from importlib.resources import files

import pytest
import yaml
from dagster import DagsterInstance, DagsterRunStatus
from dagster._daemon.types import DaemonHeartbeat
from prometheus_client.parser import text_string_to_metric_families

from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.webserver.jobs import customer, end, launch, run_now
from kordant_pipelines_tests.webserver.serving import Web

SHIPPED_IN = files("kordant_pipelines.telemetry")
SHIPPED = {
    entry.name: entry.read_text()
    for entry in SHIPPED_IN.iterdir()
    if not entry.name.endswith(".py") and entry.is_file()
}
NAME = re.compile(r"\bkordant_[a-z_]+\b")


def _samples(web: Web) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    with web.client(web.viewer) as client:
        answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def _value(web: Web, name: str, **labels: str) -> float:
    return _samples(web).get((name, frozenset(labels.items())), 0.0)


OF = {"job": "darkwatch_scan", "tier": "plus"}


def test_a_token_is_asked_for(web: Web) -> None:
    with web.client() as client:
        assert client.get("/metrics").status_code == 401


def test_what_waits_and_since_when(web: Web, services: Services, clock: HandClock) -> None:
    before = _value(web, "kordant_queue_waiting", **OF)
    run_now(web, customer(services, tier="plus"))
    clock.advance(seconds=30)
    assert _value(web, "kordant_queue_waiting", **OF) == before + 1
    assert _value(web, "kordant_queue_oldest_seconds", **OF) >= 30


def test_ended_runs_are_counted_with_their_times_once(
    web: Web, instance: DagsterInstance, services: Services
) -> None:
    def ended(outcome: str) -> float:
        return _value(web, "kordant_runs_total", **OF, outcome=outcome)

    def durations() -> float:
        return _value(web, "kordant_run_duration_seconds_count", **OF)

    succeeded, retried, timed = ended("succeeded"), ended("retried"), durations()
    run_now(web, customer(services, tier="plus"))
    run = launch(instance, services)
    end(instance, services, run, DagsterRunStatus.SUCCESS)
    end(instance, services, run, DagsterRunStatus.SUCCESS)  # settled again: nothing more
    run_now(web, customer(services, tier="plus"))
    end(instance, services, launch(instance, services), DagsterRunStatus.FAILURE)
    assert (ended("succeeded"), ended("retried")) == (succeeded + 1, retried + 1)
    assert durations() == timed + 2
    samples = _samples(web)
    buckets = [
        samples[name, labels]
        for name, labels in samples
        if name == "kordant_run_duration_seconds_bucket" and set(OF.items()) <= labels
    ]
    assert len(buckets) == 13
    assert max(buckets) == timed + 2


def test_calls_to_providers_of_all_workers_are_counted_by_outcome(
    web: Web, services: Services
) -> None:
    def answered() -> float:
        return _value(web, "kordant_provider_calls_total", provider="hibp", outcome="answered")

    before = answered()
    subscription = customer(services)
    services.darkwatch.scan(subscription, "run-metrics")
    assert answered() - before in {2, 3}  # breaches, pastes, and the limit unless it was known
    assert _value(web, "kordant_provider_quota_left", provider="hibp") > 0
    assert _value(web, "kordant_scrape_source_up", source="providers") == 1


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_every_name_in_a_shipped_file_is_a_metric(
    web: Web, services: Services, instance: DagsterInstance, name: str
) -> None:
    instance.add_daemon_heartbeat(DaemonHeartbeat(time.time(), "SENSOR", daemon_id="a", errors=[]))
    subscription = customer(services)
    services.darkwatch.scan(subscription, "run-names")
    run_now(web, subscription)
    end(instance, services, launch(instance, services), DagsterRunStatus.SUCCESS)
    there = {sample for sample, _ in _samples(web)}
    named = set(NAME.findall(SHIPPED[name])) - {"kordant_pipelines"}
    assert named
    assert named <= there


def test_the_rules_are_rules() -> None:
    [group] = yaml.safe_load(SHIPPED["alerts.yml"])["groups"]
    for rule in group["rules"]:
        assert set(rule) == {"alert", "expr", "for", "annotations"}
        assert rule["annotations"]["summary"]
