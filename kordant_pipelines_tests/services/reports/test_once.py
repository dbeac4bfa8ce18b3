"""There is one of each report, whoever dies, and it is the same wherever it is kept."""

import secrets

import pytest
from sqlalchemy import text

from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services, build_services
from kordant_pipelines.services.reports.reports import DocumentLost
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.objects import ObjectStore, StoreUnusable
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.reports.reporting import (
    Step,
    generate_in_a_process_that_dies,
    left,
    reports_with,
    stored,
)
from kordant_pipelines_tests.storage.s3 import s3_server


def test_a_second_time_makes_nothing_anew(
    services: Services, settings: Settings, subscription: str
) -> None:
    first = services.reports.generate(subscription, "run-r")
    again = services.reports.generate(subscription, "run-r2")
    assert (first.is_new, again.is_new) == (True, False)
    assert again.record == first.record
    assert left(services) == (1, 1)
    assert len(stored(settings)) == 1


def test_several_at_once_make_one(
    services: Services, settings: Settings, subscription: str
) -> None:
    made = at_once(lambda n: services.reports.generate(subscription, f"run-{n}"), 4, threads=4)
    assert sum(generated.is_new for generated in made) == 1
    assert len({generated.record.id for generated in made}) == 1
    assert left(services) == (1, 1)
    assert len(stored(settings)) == 1
    services.reports.document(made[0].record.id)


def test_the_same_data_and_period_give_the_same_bytes(
    services: Services, settings: Settings, clock: HandClock, subscription: str
) -> None:
    first = services.reports.generate(subscription, "run-r")
    with services.database.connection() as connection:
        connection.execute(text("DELETE FROM reports"))
    clock.advance(hours=5)
    services.darkwatch.scan(subscription, "run-2")  # after the period: not in this report
    again = services.reports.generate(subscription, "run-r2")
    assert again.is_new
    assert again.record.checksum == first.record.checksum
    assert len(stored(settings)) == 1


@pytest.mark.parametrize("step", Step)
def test_killed_at_any_step_there_is_no_orphan_and_no_double(
    services: Services,
    settings: Settings,
    keyring: Keyring,
    clock: HandClock,
    subscription: str,
    step: Step,
) -> None:
    ended = generate_in_a_process_that_dies(settings, keyring, clock(), subscription, step)
    assert ended == -9
    recorded = step is Step.RECORDED
    assert left(services) == ((1, 1) if recorded else (0, 0))
    assert len(stored(settings)) == (0 if step is Step.BEFORE_STORING else 1)
    generated = services.reports.generate(subscription, "run-r")
    assert generated.is_new is not recorded
    assert left(services) == (1, 1)
    assert len(stored(settings)) == 1
    services.reports.document(generated.record.id)


def test_a_store_that_fails_leaves_no_record(
    services: Services, settings: Settings, keyring: Keyring, clock: HandClock, subscription: str
) -> None:
    (settings.home / "blocked").write_text("a file where a folder should be")
    store = ObjectStore(f"file://{settings.home}/blocked/reports")
    with pytest.raises(StoreUnusable):
        reports_with(settings, keyring, clock, store).generate(subscription, "run-r")
    assert left(services) == (0, 0)


def test_in_a_bucket_it_is_the_same(
    services: Services,
    settings: Settings,
    keyring: Keyring,
    clock: HandClock,
    subscription: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = services.reports.generate(subscription, "run-r")
    with services.database.connection() as connection:
        connection.execute(text("DELETE FROM reports"))
    with s3_server(monkeypatch, f"bucket-{secrets.token_hex(4)}") as url:
        elsewhere = build_services(
            settings.model_copy(update={"reports_url": url}), keyring, clock=clock
        )
        there = elsewhere.reports.generate(subscription, "run-r2")
        record, pdf = elsewhere.reports.document(there.record.id)
        assert record.checksum == here.record.checksum
        assert pdf.startswith(b"%PDF-1.7")
        assert elsewhere.reports.erase(subscription) == 1
        with pytest.raises(DocumentLost):
            elsewhere.reports.document(there.record.id)
        elsewhere.close()
