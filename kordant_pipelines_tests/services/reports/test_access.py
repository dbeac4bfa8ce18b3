"""Who may open a report, and what no id or document may do."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, text

from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.security.links import LinkRefused, LinkSigner
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.reports.reports import DocumentLost
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.models import SubscriptionRow
from kordant_pipelines.storage.objects import UnsafePath
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.reports.reading import Read
from kordant_pipelines_tests.services.reports.conftest import EMAIL
from kordant_pipelines_tests.services.reports.reporting import (
    left,
    stored,
)


def _token(keyring: Keyring, report_id: str, until: datetime) -> str:
    return LinkSigner(keyring, "report").token(report_id, until)


def test_a_document_is_readable_by_nobody_without_the_keyring(
    services: Services, settings: Settings, subscription: str
) -> None:
    generated = services.reports.generate(subscription, "run-r")
    [file] = stored(settings)
    assert b"%PDF" not in file.read_bytes()
    _, pdf = services.reports.document(generated.record.id)
    assert len(pdf) == generated.record.size
    shown = Read(pdf).text()
    assert "w•••@e•••.com" in shown
    assert EMAIL not in shown
    assert "Test P." in shown
    assert "Person" not in shown


def test_a_document_changed_or_exchanged_is_not_handed_out(
    services: Services, settings: Settings, clock: HandClock, subscription: str
) -> None:
    first = services.reports.generate(subscription, "run-r")
    clock.advance(days=7)
    services.reports.generate(subscription, "run-r2")
    one, other = stored(settings)
    one.write_bytes(other.read_bytes())  # its own user's, but of another week
    with pytest.raises(DocumentLost, match="not the one"):
        services.reports.document(first.record.id)
    one.write_bytes(b"short")
    with pytest.raises(DocumentLost, match="not the one"):
        services.reports.document(first.record.id)
    one.unlink()
    with pytest.raises(DocumentLost, match="gone"):
        services.reports.document(first.record.id)


def test_a_link_opens_its_report_until_it_expires(
    services: Services, keyring: Keyring, clock: HandClock, subscription: str
) -> None:
    generated = services.reports.generate(subscription, "run-r")
    token = _token(keyring, generated.record.id, clock() + timedelta(days=30))
    record, pdf = services.reports.open_link(token)
    assert record == generated.record
    assert pdf == services.reports.document(record.id)[1]
    clock.advance(days=30)
    with pytest.raises(LinkRefused, match="expired"):
        services.reports.open_link(token)


def test_the_link_of_a_customer_who_is_gone_opens_nothing(
    services: Services, settings: Settings, keyring: Keyring, clock: HandClock, subscription: str
) -> None:
    generated = services.reports.generate(subscription, "run-r")
    token = _token(keyring, generated.record.id, clock() + timedelta(days=30))
    with services.database.transaction() as session:
        session.execute(delete(SubscriptionRow).where(SubscriptionRow.id == subscription))
    with pytest.raises(LinkRefused):
        services.reports.open_link(token)
    assert services.reports.erase(subscription) == 1
    assert stored(settings) == []


@pytest.mark.parametrize("trick", ["../../outside", "/outside", "a/b", "..", "sub\\..\\x"])
def test_an_id_made_of_path_tricks_reaches_no_storage_path(
    services: Services, settings: Settings, subscription: str, trick: str
) -> None:
    with services.database.connection() as connection:
        connection.execute(text("DELETE FROM change_log"))
        connection.execute(text("DELETE FROM scans"))
        connection.execute(text("DELETE FROM alerts"))
        connection.execute(text("DELETE FROM exposures"))
        connection.execute(text("DELETE FROM watch_items"))
        connection.execute(text("UPDATE subscriptions SET id = :id"), {"id": trick})
    before = set(settings.home.parent.rglob("*"))
    with pytest.raises(UnsafePath):
        services.reports.generate(trick, "run-r")
    with pytest.raises(UnsafePath):
        services.reports.erase(trick)
    assert set(settings.home.parent.rglob("*")) == before
    assert left(services) == (0, 0)
    assert subscription
