"""A removal request as the rules see it, and what an event makes of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kordant_pipelines.domain.clock import require_aware
from kordant_pipelines.domain.removals.brokers import Method, Sight
from kordant_pipelines.domain.removals.clocks import Regime, response_deadline
from kordant_pipelines.domain.removals.states import TRANSITIONS, Event, State


class ParentStands(StrEnum):
    """What the request at the broker that covers this one has come to."""

    NONE = "none"
    UNDERWAY = "underway"
    COVERS = "covers"
    FELL_SHORT = "fell_short"


class ImpossibleTransition(ValueError):
    """The event does not happen in this state: the caller has not asked `admits`."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"{event.value} does not happen to a request that is {state.value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One generation of the request to one broker.

    Attributes:
        state_since: when it came to its state.
        submitted_at: when the broker had it; what the statutory clocks run from.
        overdue_at: the deadline that ran out, once one has.
        acknowledged: the broker, or the customer who filed it, said that it has arrived.
        extended: the broker gave notice that it takes longer.
        attempts: times it was submitted, or begun to be; it numbers the letters, so that the one
            of a later round is another one.
        listed: what the last look that succeeded saw; None before the first.
        looked_at: when that was.
        failures: looks or submissions that failed in a row.
        not_before: nothing is tried earlier: a failure's backoff, or a limit's.
        asked_at: when the customer was last asked for something.
        customer_saw: what the customer last said of the profile, since the request or the broker's
            word; None before. It tells what to ask next, and never that it is removed.
        confirmable: the confirmation link has arrived.
        on_its_own: its parent's removal did not cover it.
    """

    method: Method
    regime: Regime
    sight: Sight
    state: State = State.PENDING
    state_since: datetime
    generation: int = 1
    parent: ParentStands = ParentStands.NONE
    submitted_at: datetime | None = None
    overdue_at: datetime | None = None
    acknowledged: bool = False
    extended: bool = False
    attempts: int = 0
    listed: bool | None = None
    looked_at: datetime | None = None
    failures: int = 0
    not_before: datetime | None = None
    asked_at: datetime | None = None
    customer_saw: bool | None = None
    confirmable: bool = False
    on_its_own: bool = False

    @property
    def deadline(self) -> datetime | None:
        """When the broker is late; None while nothing was submitted."""
        if self.submitted_at is None:
            return None
        return response_deadline(
            self.regime,
            self.method,
            self.submitted_at,
            acknowledged=self.acknowledged,
            extended=self.extended,
        )


def admits(request: Request, event: Event, at: datetime) -> bool:
    """Whether the event happens to the request in its state.

    A broker that is overdue with its answer is not brought back in time by an acknowledgement, nor
    does a notice that it takes longer count unless it comes within the time there was.
    """
    if (request.state, event) not in TRANSITIONS:
        return False
    if event is Event.BROKER_EXTENDED and request.submitted_at is not None:
        answer = replace(request, acknowledged=True, extended=False).deadline
        if answer is not None and at >= answer:
            return False
    if request.state is State.OVERDUE and event in _BUYS_TIME:
        deadline = replace(request, acknowledged=True, extended=_extends(request, event)).deadline
        return deadline is not None and at < deadline
    return True


def advance(request: Request, event: Event, at: datetime) -> Request:
    """The request after the event.

    Raises:
        ImpossibleTransition: the event does not happen in its state.
        ValueError: `at` has no time zone.
    """
    require_aware(at)
    if not admits(request, event, at):
        raise ImpossibleTransition(request.state, event)
    if event is Event.REOPENED:
        return Request(
            method=request.method,
            regime=request.regime,
            sight=request.sight,
            parent=request.parent,
            state_since=at,
            generation=request.generation + 1,
            listed=True,
            looked_at=request.looked_at,
        )
    after = replace(
        request,
        state=TRANSITIONS[request.state, event],
        state_since=at,
        not_before=None,
        asked_at=None,
        failures=0,
        confirmable=False,
        customer_saw=_customer_saw(request, event),
        acknowledged=request.acknowledged or event in _ACKNOWLEDGES,
        extended=_extends(request, event),
    )
    if event in _REACHES_THE_BROKER:
        return replace(after, submitted_at=at)
    if event in _IMPLIES_IT_ARRIVED and not after.submitted_at:
        return replace(after, submitted_at=at)
    if event is Event.CLOCK_RAN_OUT:
        # Counted from the deadline, however late a run came to see it.
        verifying = request.state is State.VERIFYING or request.deadline is None
        return replace(after, overdue_at=at if verifying else request.deadline)
    if event is Event.CLAIMED:
        return replace(after, attempts=request.attempts + 1)
    if after.state is State.PENDING:
        fresh = event is not Event.NOT_SENT
        return replace(
            after,
            submitted_at=None,
            overdue_at=None,
            acknowledged=False,
            listed=None if event is Event.TRIED_AGAIN else request.listed,
            extended=False,
            failures=0 if fresh else request.failures + 1,
            on_its_own=request.on_its_own or event is Event.PARENT_FELL_SHORT,
        )
    return after


def looked(request: Request, at: datetime, *, listed: bool) -> tuple[Request, Event | None]:
    """The request after an independent look that succeeded, and the event it was, if any."""
    seen = replace(request, listed=listed, looked_at=require_aware(at), failures=0, not_before=None)
    event = Event.LOOK_LISTED if listed else Event.LOOK_CLEAR
    if not admits(seen, event, at):
        return seen, None
    return advance(seen, event, at), event


def told(request: Request, at: datetime, *, listed: bool) -> tuple[Request, Event | None]:
    """The request after the customer said what they saw, and the event that was, if any.

    It is no independent look: `looked_at` and `listed` stay as our own last look left them.
    """
    heard = replace(request, customer_saw=listed, asked_at=require_aware(at))
    came_back = request.state is not State.VERIFYING or request.customer_saw is False
    event = Event.CUSTOMER_SAW_LISTED if listed else Event.CUSTOMER_SAW_GONE
    if not admits(heard, event, at) or (listed and not came_back):
        return heard, None
    return advance(heard, event, at), event


def delayed(request: Request, until: datetime) -> Request:
    """The request after a look or submission that failed: nothing is tried before `until`."""
    return replace(request, failures=request.failures + 1, not_before=require_aware(until))


def parent_stands(state: State | None) -> ParentStands:
    """What a parent's request in this state means to those it covers; None: there is none."""
    if state is None:
        return ParentStands.NONE
    if state in {State.VERIFYING, State.REMOVED}:
        return ParentStands.COVERS
    if state in {State.REJECTED, State.ESCALATED, State.FAILED, State.NOT_FOUND}:
        return ParentStands.FELL_SHORT
    return ParentStands.UNDERWAY


def _extends(request: Request, event: Event) -> bool:
    return request.extended or event is Event.BROKER_EXTENDED


def _customer_saw(request: Request, event: Event) -> bool | None:
    return None if event in _ASKS_ANEW else request.customer_saw


_BUYS_TIME = frozenset({Event.BROKER_ACKNOWLEDGED, Event.BROKER_EXTENDED})
_ACKNOWLEDGES = _BUYS_TIME | {Event.CUSTOMER_FILED}
_REACHES_THE_BROKER = frozenset({Event.ACCEPTED, Event.CONFIRMED})
# A customer who answers a broker's question does not begin its time anew.
_IMPLIES_IT_ARRIVED = frozenset(
    {
        Event.BROKER_ACKNOWLEDGED,
        Event.BROKER_COMPLETED,
        Event.BROKER_EXTENDED,
        Event.BROKER_REFUSED,
        Event.CUSTOMER_FILED,
    }
)
_ASKS_ANEW = _REACHES_THE_BROKER | {
    Event.BROKER_COMPLETED,
    Event.CUSTOMER_FILED,
    Event.PARENT_COVERS,
    Event.PARENT_FELL_SHORT,
    Event.TRIED_AGAIN,
}
