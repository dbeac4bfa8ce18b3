"""Keys: rotation keeps data readable, and no longer needs the old key."""

import pytest

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.keyring_check import require_keyring
from kordant_pipelines.services.people import People, open_item, rewrap_all
from kordant_pipelines.storage.models import WatchItemRow
from kordant_pipelines_tests.services.looking import subscribe


def test_after_a_rotation_all_is_readable_without_the_old_key(
    services: Services, keyring: Keyring
) -> None:
    emails = [f"person{number}@example.com" for number in range(7)]
    ids = [subscribe(services.subscriptions, email) for email in emails]
    rotated = keyring.rotated()
    people = People.with_keyring(rotated)

    assert rewrap_all(services.database, people.vault, page=3) == 7
    assert rewrap_all(services.database, people.vault, page=3) == 0

    without_old = rotated.model_copy(
        update={"master": {rotated.active: rotated.master[rotated.active]}}
    )
    opened = People.with_keyring(without_old)
    with services.database.transaction() as session:
        for subscription, email in zip(ids, emails, strict=True):
            item = (
                session.query(WatchItemRow)
                .filter(WatchItemRow.subscription_id == subscription)
                .one()
            )
            assert open_item(opened.cipher_of(session, subscription), item).value == email


def test_a_process_that_runs_on_finds_a_key_added_meanwhile(
    services: Services, keyring: Keyring
) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    rotated = keyring.rotated()
    rewrap_all(services.database, People.with_keyring(rotated).vault)
    running = People.with_keyring(keyring, lambda: rotated)
    with services.database.transaction() as session:
        item = session.query(WatchItemRow).one()
        assert open_item(running.cipher_of(session, subscription), item).value == "ada@example.com"


def test_a_database_insists_on_the_keyring_it_was_written_with(
    services: Services, keyring: Keyring
) -> None:
    require_keyring(services.database, keyring)
    require_keyring(services.database, keyring.rotated())
    with pytest.raises(Misconfigured, match="KORDANT_KEYRING_FILE"):
        require_keyring(services.database, Keyring.generate())


def test_a_keyring_without_the_key_in_use_is_named(services: Services) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    other = Keyring.generate()
    foreign = other.model_copy(update={"active": "k9", "master": {"k9": other.master["k1"]}})
    people = People.with_keyring(foreign)
    with (
        services.database.transaction() as session,
        pytest.raises(Misconfigured, match=r"no master key 'k1'.*KORDANT_KEYRING_FILE"),
    ):
        people.cipher_of(session, subscription)
