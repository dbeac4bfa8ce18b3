"""Adding, cancelling and listing subscriptions."""

import re

import pytest
from sqlalchemy import select

from kordant_pipelines.domain.errors import (
    InactiveSubscription,
    RefusedInput,
    UnknownSubscription,
)
from kordant_pipelines.domain.subscriptions import SubscriptionStatus, Tier
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.new_subscription import NewSubscription
from kordant_pipelines.services.people import People, open_item
from kordant_pipelines.storage.models import WatchItemRow
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.services.looking import is_empty, subscribe


def test_identifiers_are_stored_once_in_one_spelling_and_encrypted(
    services: Services, keyring: Keyring
) -> None:
    subscription = subscribe(
        services.subscriptions,
        "Ada.Lovelace@Example.com",
        "ada.lovelace@example.com",
        phones=("+1 (202) 555-0101",),
        usernames=("AdaL",),
    )
    with services.database.transaction() as session:
        rows = session.scalars(select(WatchItemRow)).all()
        cipher = People.with_keyring(keyring).cipher_of(session, subscription)
        assert sorted(open_item(cipher, row).value for row in rows) == [
            "+12025550101",
            "ada.lovelace@example.com",
            "adal",
        ]
        assert not any(b"ada" in row.value_sealed.lower() for row in rows)


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("emails", "not an address"),
        ("phones", "12345"),
        ("usernames", "two words"),
        ("contact_emails", "nobody@"),
        ("contact_phones", "+49"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "Europe"),
    ],
)
def test_bad_input_is_refused_whole_and_named(services: Services, field: str, bad: str) -> None:
    value = bad if field == "time_zone" else (bad,)
    with pytest.raises(RefusedInput, match=re.escape(repr(bad))):
        subscribe(services.subscriptions, **{"emails": ("fine@example.com",), field: value})
    assert is_empty(services.database)


def test_watching_nothing_is_refused(services: Services) -> None:
    with pytest.raises(RefusedInput, match="watches nothing"):
        subscribe(services.subscriptions)
    assert is_empty(services.database)


def test_the_same_sale_sent_at_once_is_one_subscription(services: Services) -> None:
    sale = NewSubscription(ref="sale-1", tier=Tier.PLUS, name="Ada", emails=("ada@example.com",))

    def sell(_number: int) -> tuple[str, bool]:
        return services.subscriptions.add(sale)

    answers = at_once(sell, 16)
    assert len({subscription for subscription, _ in answers}) == 1
    assert sum(is_new for _, is_new in answers) == 1
    assert [row.items for row in services.subscriptions.summaries()] == [1]


def test_a_cancelled_subscription_is_not_active_and_cancelling_again_changes_nothing(
    services: Services,
) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    services.subscriptions.cancel(subscription)
    services.subscriptions.cancel(subscription)
    assert services.subscriptions.active() == {}
    assert services.subscriptions.summaries()[0].status is SubscriptionStatus.CANCELLED
    with pytest.raises(InactiveSubscription, match=f"{subscription}.*cancelled"):
        services.subscriptions.tier_of(subscription)


def test_an_unknown_subscription_is_named(services: Services) -> None:
    with pytest.raises(UnknownSubscription, match="sub_nope"):
        services.subscriptions.cancel("sub_nope")
    with pytest.raises(UnknownSubscription, match="sub_nope"):
        services.subscriptions.tier_of("sub_nope")
