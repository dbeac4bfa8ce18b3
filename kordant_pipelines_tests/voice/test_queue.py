"""Voice jobs through kills, races and services that do not answer: each is written once."""

from datetime import timedelta

import pytest

from kordant_pipelines.domain.voice.work import ATTEMPTS, LEASE, VoiceState
from kordant_pipelines.sandbox.voices.recordings import ADA, recording
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.voice.queue import GAVE_UP, Claim
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.looking import subscribe
from kordant_pipelines_tests.voice.saying import job, protected, results, states


@pytest.fixture
def subscription(services: Services) -> str:
    return subscribe(services.subscriptions, "ada@example.com")


def _take(services: Services, subscription: str, lease: str, limit: int = 100) -> list[Claim]:
    queue = services.voice.queue
    return list(queue.claim(subscription, lease=lease, run_id=f"run-{lease}", limit=limit))


def _hand_in(services: Services, subscription: str, count: int) -> list[str]:
    """So many jobs; nothing here listens to them."""
    take = services.voice.intake.analyse
    return [take(subscription, f"n{n}".encode(), label=None).job_id for n in range(count)]


def test_workers_at_once_never_take_the_same_job(services: Services, subscription: str) -> None:
    ids = _hand_in(services, subscription, 40)
    taken = at_once(lambda n: _take(services, subscription, f"l{n}", limit=7), 8)
    assert sorted(claim.job_id for claims in taken for claim in claims) == sorted(ids)


def test_runs_at_once_give_each_recording_one_result(services: Services) -> None:
    subscription, _ = protected(services)
    for seed in range(40, 46):
        services.voice.intake.analyse(subscription, recording(ADA, seed), label=None)
    reports = at_once(
        lambda n: services.voice.voiceprint.work(subscription, f"run-{n}"), 4, threads=4
    )
    assert sum(report.analysed for report in reports) == 6
    assert len(results(services)) == 6


def test_what_a_killed_worker_held_comes_up_again_when_its_lease_ends(
    services: Services, subscription: str, clock: HandClock
) -> None:
    _hand_in(services, subscription, 3)
    assert len(_take(services, subscription, "killed")) == 3
    assert services.voice.queue.due(clock(), after="", limit=9) == []
    assert _take(services, subscription, "early") == []
    clock.advance(seconds=LEASE.total_seconds())
    assert services.voice.queue.due(clock(), after="", limit=9) == [subscription]
    assert len(_take(services, subscription, "next")) == 3


def test_a_lease_that_is_extended_does_not_end(
    services: Services, subscription: str, clock: HandClock
) -> None:
    _hand_in(services, subscription, 1)
    _take(services, subscription, "mine")
    clock.advance(seconds=LEASE.total_seconds() - 1)
    services.voice.queue.extend("mine")
    clock.advance(seconds=LEASE.total_seconds() - 1)
    assert _take(services, subscription, "other") == []


def test_who_lost_a_job_writes_nothing_of_it(services: Services, clock: HandClock) -> None:
    subscription, _ = protected(services)
    taken = services.voice.intake.analyse(subscription, recording(ADA, 20), label=None)
    [late] = _take(services, subscription, "late")
    clock.advance(seconds=LEASE.total_seconds())
    services.voice.voiceprint.work(subscription, "run-winner")
    assert services.voice.queue.put_off(late, "unavailable") is None
    found = job(services, subscription, taken.job_id)
    assert (found.state, found.run_id) == (VoiceState.DONE, "run-winner")


def test_a_recording_that_ends_its_workers_is_given_up(
    services: Services, subscription: str, clock: HandClock
) -> None:
    [job_id] = _hand_in(services, subscription, 1)
    for attempt in range(ATTEMPTS):
        assert len(_take(services, subscription, f"killed-{attempt}")) == 1
        clock.advance(seconds=LEASE.total_seconds())
    assert _take(services, subscription, "next") == []
    found = job(services, subscription, job_id)
    assert (found.state, found.failure) == (VoiceState.FAILED, GAVE_UP)
    assert services.voice.queue.due(clock(), after="", limit=9) == []


def test_what_is_put_off_waits_longer_each_time_then_fails_and_can_be_owed_anew(
    services: Services, subscription: str, clock: HandClock
) -> None:
    [job_id] = _hand_in(services, subscription, 1)
    for minutes in (1, 5, 15):
        [claim] = _take(services, subscription, "lease")
        assert services.voice.queue.put_off(claim, "timeout") is VoiceState.PENDING
        clock.advance(minutes=minutes, seconds=-1)
        assert _take(services, subscription, "early") == []
        clock.advance(seconds=1)
    [claim] = _take(services, subscription, "lease")
    assert services.voice.queue.put_off(claim, "timeout") is VoiceState.FAILED
    found = job(services, subscription, job_id)
    assert (found.state, found.failure) == (VoiceState.FAILED, "timeout")
    assert services.voice.queue.retry_failed(subscription) == 1
    assert len(_take(services, subscription, "anew")) == 1


def test_the_subscriptions_with_work_come_in_pages(services: Services, clock: HandClock) -> None:
    ids = sorted(subscribe(services.subscriptions, f"a{n}@example.com") for n in range(5))
    for one in ids:
        _hand_in(services, one, 2)
    due = services.voice.queue.due
    assert due(clock(), after="", limit=3) == ids[:3]
    assert due(clock(), after=ids[2], limit=3) == ids[3:]
    assert due(clock() - timedelta(hours=1), after="", limit=3) == []
    assert states(services) == {VoiceState.PENDING: 10}
