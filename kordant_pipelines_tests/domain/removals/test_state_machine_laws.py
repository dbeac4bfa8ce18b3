"""Whatever happens in whatever order: REMOVED only by looking, and always a next step."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kordant_pipelines.domain.removals.brokers import Method, Sight
from kordant_pipelines.domain.removals.cadence import backoff
from kordant_pipelines.domain.removals.clocks import Regime
from kordant_pipelines.domain.removals.requests import (
    ImpossibleTransition,
    ParentStands,
    Request,
    admits,
    advance,
    delayed,
    looked,
    told,
)
from kordant_pipelines.domain.removals.states import LOOKS, TRANSITIONS, Event, State
from kordant_pipelines.domain.removals.steps import Action, next_step

START = datetime(2026, 3, 1, 9, tzinfo=UTC)

OUTCOMES: dict[Action, tuple[Event, ...]] = {
    Action.REOPEN: (Event.REOPENED,),
    Action.JOIN_PARENT: (Event.PARENT_COVERS,),
    Action.RECONCILE: (Event.ACCEPTED, Event.MAIL_AWAITED, Event.NOT_SENT),
    Action.CONFIRM: (Event.CONFIRMED, Event.REFUSED),
    Action.GIVE_UP: (Event.REFUSED,),
    Action.SUBMIT: (Event.CLAIMED,),
    Action.HAND_OVER: (Event.CUSTOMER_NEEDED,),
    Action.STOP_WAITING: (Event.CONFIRM_RAN_OUT,),
    Action.LEAVE_PARENT: (Event.PARENT_FELL_SHORT,),
    Action.MARK_OVERDUE: (Event.CLOCK_RAN_OUT,),
    Action.ESCALATE: (Event.GRACE_RAN_OUT,),
    Action.TRY_AGAIN: (Event.TRIED_AGAIN,),
}
ASKING = {Action.ASK_TO_LOOK, Action.REMIND, Action.WAIT}


class AnyHistory(RuleBasedStateMachine):
    """A request, and a world that does whatever it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.request = Request(
            method=Method.EMAIL, regime=Regime.CCPA, sight=Sight.SITE, state_since=START
        )
        self.looked_clear = False

    @initialize(
        method=st.sampled_from(Method), regime=st.sampled_from(Regime), sight=st.sampled_from(Sight)
    )
    def begin(self, method: Method, regime: Regime, sight: Sight) -> None:
        self.request = replace(self.request, method=method, regime=regime, sight=sight)

    @rule(hours=st.integers(1, 24 * 70))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(parent=st.sampled_from(ParentStands))
    def parent_changes(self, parent: ParentStands) -> None:
        self.request = replace(self.request, parent=parent)

    @rule(sight=st.sampled_from(Sight))
    def the_registry_learns_otherwise(self, sight: Sight) -> None:
        self.request = replace(self.request, sight=sight)

    @rule(event=st.sampled_from([e for e in Event if e not in LOOKS]))
    def something_happens(self, event: Event) -> None:
        if admits(self.request, event, self.now):
            self._become(advance(self.request, event, self.now), clear=False)
        else:
            with pytest.raises(ImpossibleTransition):
                advance(self.request, event, self.now)

    @rule(listed=st.booleans())
    def someone_looks(self, listed: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        after, _ = looked(self.request, self.now, listed=listed)
        self._become(after, clear=not listed)

    @rule(listed=st.booleans())
    def the_customer_looks(self, listed: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        before = self.request
        after, _ = told(before, self.now, listed=listed)
        assert after.state is not State.REMOVED or before.state is State.REMOVED
        if after.generation == before.generation and after.state is not State.PENDING:
            assert (after.looked_at, after.listed) == (before.looked_at, before.listed)
        self._become(after, clear=False)

    @rule()
    def a_confirmation_link_arrives(self) -> None:
        if self.request.state is State.AWAITING_EMAIL_CONFIRM:
            self.request = replace(self.request, confirmable=True)

    @rule(choice=st.integers(0, 2), sees=st.sampled_from([True, False, None]))
    def a_run_takes_the_next_step(self, choice: int, sees: bool | None) -> None:  # noqa: FBT001
        step = next_step(self.request)
        self.now = max(self.now, step.at)
        if step.action is Action.LOOK:
            if sees is None:
                until = self.now + backoff(self.request.failures)
                self.request = delayed(self.request, until)
            else:
                self.someone_looks(sees)
        elif step.action in ASKING:
            self.request = replace(self.request, asked_at=self.now)
        else:
            outcomes = OUTCOMES[step.action]
            self._become(
                advance(self.request, outcomes[choice % len(outcomes)], self.now), clear=False
            )

    @precondition(lambda self: self.request.state is State.SUBMITTING)
    @rule(event=st.sampled_from([Event.ACCEPTED, Event.MAIL_AWAITED, Event.NOT_SENT]))
    def a_submission_ends(self, event: Event) -> None:
        self._become(advance(self.request, event, self.now), clear=False)

    @invariant()
    def it_has_a_next_step(self) -> None:
        assert next_step(self.request).at.tzinfo is not None

    @invariant()
    def nobody_is_called_late_unseen(self) -> None:
        """A broker is late by its own silence, or by a profile that was seen to be there still."""
        request = self.request
        step = next_step(request)
        if step.action is Action.MARK_OVERDUE and request.method is not Method.EMAIL:
            by_us = request.sight is Sight.SITE and request.listed is True
            by_customer = request.sight is Sight.CUSTOMER and request.customer_saw is True
            assert by_us or by_customer

    @invariant()
    def it_is_not_stuck_in_one_moment(self) -> None:
        """Taking every step that is due comes to an end, whatever is seen."""
        request, now = self.request, self.now
        for _ in range(12):
            step = next_step(request)
            if step.at > now:
                return
            request = _take(request, step.action, now)
        raise AssertionError(f"still busy after 12 steps: {request}")

    def _become(self, after: Request, *, clear: bool) -> None:
        if after.state is State.REMOVED and self.request.state is not State.REMOVED:
            assert clear, f"{self.request.state} came to REMOVED without a look"
        if self.request.state is State.REAPPEARED and after.state is State.PENDING:
            assert after.generation == self.request.generation + 1
        else:
            assert after.generation == self.request.generation
        self.request = after


def _take(request: Request, action: Action, now: datetime) -> Request:
    """A run's step in the unluckiest world: looks fail, and nothing gets through."""
    if action is Action.LOOK:
        return delayed(request, now + backoff(request.failures))
    if action in ASKING:
        return replace(request, asked_at=now)
    if action is Action.SUBMIT:
        claimed = advance(request, Event.CLAIMED, now)
        return delayed(advance(claimed, Event.NOT_SENT, now), now + backoff(request.failures))
    if action in {Action.RECONCILE, Action.CONFIRM}:
        return delayed(request, now + backoff(request.failures))
    return advance(request, OUTCOMES[action][0], now)


AnyHistory.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestAnyHistory = AnyHistory.TestCase


def test_only_a_look_leads_to_removed_in_the_table_itself() -> None:
    leading = {event for (_, event), to in TRANSITIONS.items() if to is State.REMOVED}
    assert leading == {Event.LOOK_CLEAR}


def test_every_state_can_be_reached_and_left() -> None:
    assert set(TRANSITIONS.values()) == set(State)
    assert {state for state, _ in TRANSITIONS} == set(State)
