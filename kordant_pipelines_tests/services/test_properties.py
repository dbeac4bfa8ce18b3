"""Watching properties: with a sale, afterwards, twice, and not at all."""

import re

import pytest
from pydantic import ValidationError

from kordant_pipelines.domain.calendar.cadences import Cadence
from kordant_pipelines.domain.calendar.owed import Owed, Reason
from kordant_pipelines.domain.errors import (
    InactiveSubscription,
    RefusedInput,
    UnknownSubscription,
)
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.hometitle.new_property import NewProperty
from kordant_pipelines.services.hometitle.properties import UnknownProperty
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.services.looking import is_empty, subscribe

HOME = NewProperty(county="nyc", parcel="1-99902-0001")


def test_a_sale_may_watch_properties_alone_and_one_twice_is_one(services: Services) -> None:
    homes = [{"county": "nyc", "parcel": p} for p in ("1-99902-0001", "1/99902/1", "1999020002")]
    subscription = subscribe(services.subscriptions, properties=homes)
    listed = services.properties.summaries()
    assert [(row.subscription_id, row.county, row.owners) for row in listed] == [
        (subscription, "nyc", 1)
    ] * 2


@pytest.mark.parametrize("parcel", ["1-99902", "6-1-1"])
def test_a_sale_with_a_wrong_key_is_refused_whole(services: Services, parcel: str) -> None:
    homes = [{"county": "nyc", "parcel": parcel}]
    with pytest.raises(RefusedInput, match=re.escape(repr(parcel))):
        subscribe(services.subscriptions, "ada@example.com", properties=homes)
    assert is_empty(services.database)


@pytest.mark.parametrize("name", ["", " ", "?", "x" * 201])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        NewProperty(county="nyc", parcel="1-1-1", owners=(name,))


def test_adding_at_once_adds_once(services: Services) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")

    def add(_number: int) -> tuple[str, bool]:
        return services.properties.add(subscription, HOME)

    answers = at_once(add, 8)
    assert len({property_id for property_id, _ in answers}) == 1
    assert sum(is_new for _, is_new in answers) == 1
    assert len(_due(services)) == 1


def test_a_property_added_later_has_its_baseline_scan_at_once(services: Services) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    services.calendar.periods.follow([subscription])
    assert [owed.cadence for owed in _due(services)] == [Cadence.DAILY]
    home, _ = services.properties.add(subscription, HOME)
    [owed] = _due(services)  # though the day's scan is under way: it does not know of the home
    assert (owed.subscription_id, owed.reason) == (subscription, Reason.BASELINE)
    assert services.properties.add(subscription, HOME) == (home, False)
    assert _due(services) == []


def _due(services: Services) -> list[Owed]:
    return services.calendar.dispatch.take_due([Job.HOMETITLE], limit=10)


def test_a_property_taken_off_may_be_watched_anew(services: Services) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    first, _ = services.properties.add(subscription, HOME)
    services.properties.remove(first)
    second, is_new = services.properties.add(subscription, HOME)
    assert is_new
    assert second != first
    assert [row.id for row in services.properties.summaries()] == [second]


def test_names_are_added_to_those_known(services: Services) -> None:
    subscription = subscribe(services.subscriptions, "ada@example.com")
    home, _ = services.properties.add(subscription, HOME)
    for _ in range(2):
        services.properties.know(home, owners=["Ada Trust"], lenders=["A Bank"])
    [row] = services.properties.summaries()
    assert (row.owners, row.lenders) == (2, 1)


def test_what_is_not_there_is_named(services: Services) -> None:
    with pytest.raises(UnknownSubscription, match="sub_nope"):
        services.properties.add("sub_nope", HOME)
    for act in (services.properties.remove, services.properties.know):
        with pytest.raises(UnknownProperty, match="prp_nope"):
            act("prp_nope")
    subscription = subscribe(services.subscriptions, "ada@example.com")
    services.subscriptions.cancel(subscription)
    with pytest.raises(InactiveSubscription):
        services.properties.add(subscription, HOME)
