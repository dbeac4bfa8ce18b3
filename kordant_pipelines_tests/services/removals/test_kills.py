"""Kills and runs at once: what reached a broker is never sent to it again."""

import os
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest
import yaml
from sqlalchemy import text

from kordant_pipelines.domain.removals.states import State
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.security.keyring import Keyring, write_keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.services.people import People
from kordant_pipelines.services.removals.case import Case
from kordant_pipelines.services.removals.claiming import claim
from kordant_pipelines.services.removals.profiles import load_person
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.models import TaskKind
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.removals.enrolling import state

SUBMITTED_TO = {
    *("confirming", "extending", "hidden", "lying", "mumbling", "parent", "prying"),
    *("refusing", "relisting", "silent", "slow", "swift", "crowded"),
}
"""Brokers that take a request on its first day."""

# The recording of accepted submissions hangs, as on a server that is in trouble. (That to "hidden",
# at which there is nothing to look first, goes out and is recorded a round before the others.)
HANG = text(
    """
    CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT broker_key FROM removal_requests WHERE id = NEW.request_id) <> 'hidden' THEN
            PERFORM pg_sleep(60);
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER hang BEFORE INSERT ON removal_transitions FOR EACH ROW
        WHEN (NEW.run_id = 'killed' AND NEW.event IN ('accepted', 'mail_awaited'))
        EXECUTE FUNCTION hang();
    """
)
HANGING = text("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'")


def _times(sandbox: Sandbox) -> dict[str, list[int]]:
    """How often each broker got each reference."""
    brokers = sandbox.world.brokers
    return {
        seed.key: [filed.times for filed in brokers.filed(seed.key)]
        for seed in brokers.seeds()
        if brokers.filed(seed.key)
    }


@contextmanager
def _run_in_a_process(
    settings: Settings, keyring: Keyring, subscription: str, now: str
) -> Generator[subprocess.Popen[bytes]]:
    file = settings.home / "keyring.json"
    write_keyring(file, keyring)
    smtp, imap = settings.removals_smtp_url, settings.removals_imap_url
    assert smtp is not None
    assert imap is not None
    environment = {
        "PATH": os.environ["PATH"],
        "KORDANT_HOME": str(settings.home),
        "KORDANT_DATABASE_URL": settings.database_url or "",
        "KORDANT_BROKER_URL": settings.broker_url or "",
        "KORDANT_KEYRING_FILE": str(file),
        "KORDANT_BROKER_REGISTRY_FILE": str(settings.broker_registry_file),
        "KORDANT_REMOVALS_ADDRESS": settings.removals_address or "",
        "KORDANT_REMOVALS_SMTP_URL": smtp,
        "KORDANT_REMOVALS_IMAP_URL": imap,
    }
    module = "kordant_pipelines_tests.services.removals.killed_run"
    with subprocess.Popen([sys.executable, "-m", module, subscription, now], env=environment) as it:
        try:
            yield it
        finally:
            it.kill()


def test_a_run_killed_before_it_recorded_its_submissions_does_not_send_them_twice(
    services: Services,
    settings: Settings,
    keyring: Keyring,
    sandbox: Sandbox,
    clock: HandClock,
    ada: str,
) -> None:
    with services.database.connection() as connection:
        connection.execute(HANG)
    with _run_in_a_process(settings, keyring, ada, clock().isoformat()) as run:
        _until_hanging(services)
        run.kill()
        run.wait(10)
    with services.database.connection() as connection:
        # As the server does once it finds its client gone.
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE wait_event = 'PgSleep'"
            )
        )
    assert _times(sandbox) == {broker: [1] for broker in SUBMITTED_TO}
    left = SUBMITTED_TO - {"hidden"}
    assert {state(services, ada, broker) for broker in left} == {State.SUBMITTING}

    clock.advance(minutes=1)
    report = services.remove_brokers.process(ada, "run-2")
    assert _times(sandbox) == {broker: [1] for broker in SUBMITTED_TO}
    states = {broker: state(services, ada, broker) for broker in SUBMITTED_TO}
    assert states == dict.fromkeys(SUBMITTED_TO, State.SUBMITTED)
    assert report.states[State.SUBMITTED] == len(SUBMITTED_TO)


def test_a_run_killed_before_anything_went_out_is_made_good(
    services: Services,
    settings: Settings,
    keyring: Keyring,
    sandbox: Sandbox,
    clock: HandClock,
    ada: str,
) -> None:
    _claim_and_die(settings, keyring, clock, ada)
    assert state(services, ada, "hidden") is State.SUBMITTING
    assert _times(sandbox) == {}

    services.remove_brokers.process(ada, "run-2")
    # Our copy of a letter may still be on its way for a day: until then nothing is sent again.
    assert state(services, ada, "hidden") is State.SUBMITTING
    clock.advance(hours=23)
    services.remove_brokers.process(ada, "run-2b")
    assert state(services, ada, "hidden") is State.SUBMITTING
    clock.advance(hours=1, minutes=1)
    services.remove_brokers.process(ada, "run-3")
    assert state(services, ada, "hidden") is State.SUBMITTED
    assert _times(sandbox)["hidden"] == [1]


@pytest.mark.parametrize("kind", ["disconnect", "truncated"])
def test_an_answer_that_does_not_arrive_leaves_nothing_sent_twice(
    services: Services, sandbox: Sandbox, clock: HandClock, ada: str, kind: str
) -> None:
    # The search and the form are read first; then the form's answer breaks off.
    sandbox.fault("brokers", kind, path_contains="/swift/optout", times=3)
    services.remove_brokers.process(ada, "run-1")
    for hour in range(6):
        clock.advance(hours=2)
        services.remove_brokers.process(ada, f"run-{hour + 2}")
    assert state(services, ada, "swift") is State.SUBMITTED
    assert _times(sandbox)["swift"] == [1]


def test_a_letter_whose_server_left_without_a_word_is_not_sent_again(
    services: Services, sandbox: Sandbox, clock: HandClock, ada: str
) -> None:
    sandbox.fault("smtp", "disconnect")
    services.remove_brokers.process(ada, "run-1")
    assert state(services, ada, "silent") is State.SUBMITTING
    sandbox.clear_faults()
    for hour in range(3):
        clock.advance(hours=1, minutes=1)
        services.remove_brokers.process(ada, f"run-{hour + 2}")
    assert state(services, ada, "silent") is State.SUBMITTED
    assert _times(sandbox)["silent"] == [1]


@pytest.mark.parametrize("status_page", ["says_no", "absent", "broken"])
def test_a_form_that_left_no_trace_is_not_sent_again_unless_it_is_known_not_to_be_there(
    services: Services, sandbox: Sandbox, clock: HandClock, ada: str, status_page: str
) -> None:
    """The server fails at the form itself: whether it took it, its answer does not say."""
    if status_page == "absent":
        _without_status_pages(services, clock)
    sandbox.fault("brokers", "unavailable", path_contains="/swift/optout")
    services.remove_brokers.process(ada, "run-1")
    sandbox.clear_faults()
    if status_page == "broken":
        sandbox.fault("brokers", "unavailable", path_contains="/swift/optout/status")
    _claim_swift(services)
    for hour in range(49):
        clock.advance(hours=1)
        services.remove_brokers.process(ada, f"run-{hour + 2}")
    times = [filed.times for filed in sandbox.world.brokers.filed("swift")]
    if status_page == "says_no":
        assert times == [1]  # it said that it knows no such reference, so it was sent anew
        assert state(services, ada, "swift") is State.SUBMITTED
        return
    assert times == []
    assert state(services, ada, "swift") is State.NEEDS_USER_ACTION
    [task] = [t for t in services.removals.tasks(ada) if t.broker.key == "swift"]
    assert (task.kind, task.reason) == (TaskKind.FILE, "no_trace")


def test_runs_at_once_send_everything_once(services: Services, sandbox: Sandbox, ada: str) -> None:
    reports = at_once(lambda n: services.remove_brokers.process(ada, f"run-{n}"), 3, threads=3)
    assert any(not report.busy for report in reports)
    assert _times(sandbox) == {broker: [1] for broker in SUBMITTED_TO}


def test_a_run_that_has_nothing_to_do_does_nothing(
    services: Services, sandbox: Sandbox, ada: str
) -> None:
    services.remove_brokers.process(ada, "run-1")
    before = sandbox.call_count("brokers")
    report = services.remove_brokers.process(ada, "run-2")
    # The confirmation mail came meanwhile: its link is all that there was to follow.
    assert set(report.steps) <= {"confirm"}
    assert sandbox.call_count("brokers") - before <= 1
    assert not services.remove_brokers.process(ada, "run-3").steps


def _claim_swift(services: Services) -> None:
    """As a run leaves it that was killed when its form was on the way."""
    with services.database.connection() as connection:
        connection.execute(
            text(
                "UPDATE removal_requests SET state = 'submitting', attempts = 1, next_at = now() "
                "WHERE broker_key = 'swift'"
            )
        )


def _without_status_pages(services: Services, clock: HandClock) -> None:
    file = services.brokers.file
    assert file is not None
    entries = yaml.safe_load(file.read_text())
    for one in entries:
        if one["form"]:
            one["form"]["status"] = None
    file.write_text(yaml.safe_dump(entries))
    clock.advance(minutes=1)
    services.brokers.sync()


def _claim_and_die(settings: Settings, keyring: Keyring, clock: HandClock, ada: str) -> None:
    other = build_services(settings, keyring, clock=clock)
    people = People.with_keyring(keyring)
    with other.database.transaction() as session:
        cipher = people.cipher_of(session, ada)
        person = load_person(session, cipher, ada)
    assert person is not None
    mailbox = other.remove_brokers.access.mailbox
    claim(Case(other.database, ada, "killed", person, cipher, mailbox), clock(), answers_read=True)
    other.close()


def _until_hanging(services: Services) -> None:
    for _ in range(1500):
        with services.database.connection() as connection:
            if connection.execute(HANGING).first():
                return
        threading.Event().wait(0.02)
    pytest.fail("the run never came to record what it had sent")
