"""What people do: authorising, filing by hand, looking, and being refused what makes no sense."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kordant_pipelines.domain.errors import RefusedInput, UnknownSubscription
from kordant_pipelines.domain.removals.people import Residence
from kordant_pipelines.domain.removals.states import State
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.removals.profiles import Profile
from kordant_pipelines.storage.models import TaskKind
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.services.removals.enrolling import state


def _profile(city: str = "Oakland") -> Profile:
    return Profile(residence=Residence(city=city, region="CA", country="US"))


def test_starting_again_opens_nothing_twice(services: Services, ada: str) -> None:
    assert len(services.removals.of(ada)) == 21
    opened = at_once(lambda _: services.removals.start(ada, _profile()), 4, threads=4)
    assert opened == [0] * 4
    assert len(services.removals.of(ada)) == 21


def test_the_newest_profile_is_the_one_that_counts(services: Services, ada: str) -> None:
    services.removals.start(ada, _profile("Fresno"))
    services.remove_brokers.process(ada, "run-1")
    # The brokers list an Ada Lindqvist of Oakland: that is somebody else now.
    assert state(services, ada, "swift") is State.NOT_FOUND


def test_nothing_starts_for_a_subscription_there_is_not(services: Services) -> None:
    with pytest.raises(UnknownSubscription):
        services.removals.start("sub_nope", _profile())
    with pytest.raises(UnknownSubscription):
        services.removals.of("sub_nope")


def test_a_guided_request_is_filed_and_looked_after_by_the_customer(
    services: Services, clock: HandClock, ada: str
) -> None:
    services.remove_brokers.process(ada, "run-1")
    [file] = [t for t in services.removals.tasks(ada) if t.broker.key == "guided"]
    assert (file.kind, file.broker.steps) == (TaskKind.FILE, ("Open the page", "File the request"))
    assert services.removals.done(file.id) is State.SUBMITTED
    clock.advance(days=15)
    services.remove_brokers.process(ada, "run-2")
    [look] = [t for t in services.removals.tasks(ada) if t.broker.key == "guided"]
    assert look.kind is TaskKind.LOOK
    with pytest.raises(RefusedInput, match="--listed or --gone"):
        services.removals.done(look.id)
    # What the customer says is noted, and asked again later. It is no look of ours.
    assert services.removals.done(look.id, listed=False) is State.VERIFYING
    [stands] = [r for r in services.removals.of(ada) if r.broker == "guided"]
    assert (stands.customer_saw, stands.looked_at, stands.next_action) == (
        False,
        None,
        "ask_to_look",
    )
    clock.advance(days=91)
    services.remove_brokers.process(ada, "run-3")
    [look] = [t for t in services.removals.tasks(ada) if t.broker.key == "guided"]
    assert services.removals.done(look.id, listed=True) is State.REAPPEARED
    services.remove_brokers.process(ada, "run-4")
    [stands] = [r for r in services.removals.of(ada) if r.broker == "guided"]
    assert (stands.state, stands.generation) == (State.NEEDS_USER_ACTION, 2)


def test_the_database_itself_knows_that_a_customers_look_is_not_ours(
    services: Services, ada: str
) -> None:
    forged = text(
        "INSERT INTO removal_transitions (request_id, from_state, event, to_state, at, run_id) "
        "SELECT id, state, 'look_clear', 'removed', now(), 'by_hand' FROM removal_requests "
        "WHERE subscription_id = :ada AND broker_key = 'guided'"
    )
    with (
        pytest.raises(IntegrityError, match="looks_are_ours"),
        services.database.connection() as connection,
    ):
        connection.execute(forged, {"ada": ada})


def test_a_task_is_done_once(services: Services, ada: str) -> None:
    services.remove_brokers.process(ada, "run-1")
    [task] = [t for t in services.removals.tasks(ada) if t.broker.key == "guided"]
    services.removals.done(task.id)
    for wrong in (task.id, "rtk_nope"):
        with pytest.raises(RefusedInput, match=wrong):
            services.removals.done(wrong)


def test_what_is_settled_asks_nobody_any_more(
    services: Services, clock: HandClock, ada: str
) -> None:
    services.remove_brokers.process(ada, "run-1")
    clock.advance(days=17)
    services.remove_brokers.process(ada, "run-2")
    clock.advance(days=8)
    services.remove_brokers.process(ada, "run-3")
    asked = {t.broker.key: t.kind for t in services.removals.tasks(ada)}
    assert asked["silent"] is TaskKind.COMPLAIN
    assert "swift" not in asked


def test_the_funnel_counts_every_request(services: Services, ada: str) -> None:
    assert services.removals.funnel()[State.PENDING] == 21
    services.remove_brokers.process(ada, "run-1")
    funnel = services.removals.funnel()
    assert sum(funnel.values()) == 21
    assert funnel[State.NOT_FOUND] == 1
