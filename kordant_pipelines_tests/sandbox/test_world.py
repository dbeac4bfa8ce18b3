"""What the seeded world promises to those who build on it."""

from collections import Counter

import nh3
import phonenumbers
import pytest
from email_validator import validate_email

from kordant_pipelines.sandbox.world.customers import Customer, Tier
from kordant_pipelines.sandbox.world.leaks import QueryType
from kordant_pipelines.sandbox.world.world import World

CLEAN = {"demo-0002", "demo-0007", "demo-0014", "demo-0023"}
FILTERED = "demo-0004"


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def _customer(world: World, ref: str) -> Customer:
    return next(customer for customer in world.customers if customer.ref == ref)


def _leaks(world: World, customer: Customer) -> int:
    watch = customer.watch
    kinds = (
        (QueryType.EMAIL, watch.emails),
        (QueryType.PHONE, watch.phones),
        (QueryType.USERNAME, watch.usernames),
    )
    return sum(len(world.leakcheck.search(q, kind)) for kind, queries in kinds for q in queries)


def _breaches(world: World, customer: Customer) -> int:
    return sum(len(world.hibp.breaches_of(email)) for email in customer.watch.emails)


def _pastes(world: World, customer: Customer) -> int:
    return sum(len(world.hibp.pastes_of(email)) for email in customer.watch.emails)


def test_the_tiers(world: World) -> None:
    tiers = Counter(customer.tier for customer in world.customers)
    assert tiers == {Tier.BASIC: 9, Tier.PLUS: 9, Tier.PREMIUM: 7}
    assert len({customer.ref for customer in world.customers}) == 25
    locales = {customer.locale for customer in world.customers}
    assert locales == {"en-US", "de-DE", "es-ES", "fr-FR"}


def test_every_address_and_number_is_valid(world: World) -> None:
    for customer in world.customers:
        for email in {customer.email, *customer.watch.emails}:
            validate_email(email, check_deliverability=False)
        for phone in {customer.phone, *customer.watch.phones}:
            parsed = phonenumbers.parse(phone)
            assert phonenumbers.is_valid_number(parsed), customer.ref
            as_e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
            assert as_e164 == phone


def test_the_clean_customers_are_exactly_those(world: World) -> None:
    clean = {
        customer.ref
        for customer in world.customers
        if not (_breaches(world, customer) + _pastes(world, customer) + _leaks(world, customer))
    }
    assert clean >= CLEAN
    # the sensitive, opted-out and retired accounts of others hold something to hide
    assert clean == CLEAN


def test_one_customer_has_only_what_the_system_filters(world: World) -> None:
    customer = _customer(world, FILTERED)
    (email,) = customer.watch.emails
    shown = world.hibp.breaches_of(email)
    assert {breach.name for breach in shown} == {"FakeBankDump", "LeadSpreader", "MailBlastPro"}
    assert all(breach.is_spam_list or breach.is_fabricated for breach in shown)
    assert _leaks(world, customer) + _pastes(world, customer) == 0


def test_several_customers_have_several_breaches(world: World) -> None:
    several = [customer for customer in world.customers if _breaches(world, customer) >= 3]
    assert len(several) >= 6


def test_phones_and_usernames_known_to_one_service_only(world: World) -> None:
    for ref in ("demo-0012", "demo-0013"):
        customer = _customer(world, ref)
        assert _breaches(world, customer) == 0
        assert _leaks(world, customer) == 1


def test_every_test_account_is_watched_by_someone(world: World) -> None:
    watched = [email for customer in world.customers for email in customer.watch.emails]
    accounts = {email for email in watched if email.endswith("@hibp-integration-tests.com")}
    assert len(accounts) == 16


def test_the_catalogue_has_every_kind_of_breach(world: World) -> None:
    catalogue = world.hibp.catalogue()
    assert len(catalogue) == 46
    for flag in (
        "is_fabricated", "is_sensitive", "is_retired", "is_spam_list", "is_malware",
        "is_stealer_log", "is_subscription_free",
    ):  # fmt: skip
        assert 1 <= sum(getattr(breach, flag) for breach in catalogue) <= 5
    assert any(not breach.is_verified for breach in catalogue)
    assert any(not breach.domain for breach in catalogue)
    years = {breach.breach_date.year for breach in catalogue}
    assert years == set(range(2012, 2027))
    for breach in catalogue:
        assert breach.added_date.date() >= breach.breach_date
        assert breach.modified_date >= breach.added_date


def test_one_description_is_hostile(world: World) -> None:
    hostile = [
        breach.name
        for breach in world.hibp.catalogue()
        if "<script" in breach.description and "onclick" in breach.description
    ]
    assert hostile == ["PetPortal"]
    breach = world.hibp.find("PetPortal")
    assert breach is not None
    assert "alert" not in nh3.clean(breach.description)


def test_leaks_hold_plaintext_passwords(world: World) -> None:
    assert "hunter2" in world.leakcheck.passwords()


def test_a_world_does_not_share_its_changes() -> None:
    changed, fresh = World(), World()
    changed.hibp.publish({"Name": "OnlyHere"}, ["bruno.keller@example.net"])
    assert fresh.hibp.find("OnlyHere") is None
    assert fresh.hibp.breaches_of("bruno.keller@example.net") == []
