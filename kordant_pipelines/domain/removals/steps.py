"""What comes next for a request, and when: every state has a next step."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kordant_pipelines.domain.removals.brokers import Method, Sight
from kordant_pipelines.domain.removals.cadence import (
    BROKER_SAYS_DONE,
    FIRST_LOOK,
    NOT_FOUND_LOOK,
    WAITING_LOOK,
    look_after,
)
from kordant_pipelines.domain.removals.clocks import end_of_grace
from kordant_pipelines.domain.removals.requests import ParentStands, Request
from kordant_pipelines.domain.removals.states import State


class Action(StrEnum):
    """What a run does. In this order, where two are due at once: a look may settle the rest."""

    REOPEN = "reopen"
    JOIN_PARENT = "join_parent"
    RECONCILE = "reconcile"  # find out what became of a submission nobody recorded
    CONFIRM = "confirm"  # follow the link in the broker's mail
    LOOK = "look"
    GIVE_UP = "give_up"
    SUBMIT = "submit"
    HAND_OVER = "hand_over"  # ask the customer to file it
    STOP_WAITING = "stop_waiting"  # for a confirmation mail that does not come
    LEAVE_PARENT = "leave_parent"
    MARK_OVERDUE = "mark_overdue"
    ESCALATE = "escalate"
    ASK_TO_LOOK = "ask_to_look"  # ask the customer whether the profile is still there
    REMIND = "remind"
    WAIT = "wait"
    TRY_AGAIN = "try_again"


_ORDER = {action: place for place, action in enumerate(Action)}

MAX_ATTEMPTS = 20
"""What never left is not counted: so many requests take years, or something is wrong."""
CONFIRM_WAIT = timedelta(days=7)
VERIFY_WAIT = timedelta(days=15)
ASK_AFTER = timedelta(days=14)
ASK_REMOVED_AFTER = timedelta(days=90)
REMIND_AFTER = timedelta(days=14)
RETRY_FAILED = timedelta(days=30)
RETRY_REFUSED = timedelta(days=180)
RENEW = timedelta(days=365)
"""After which a broker nobody can look at is asked anew: it may have bought the data again."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, not before `at`."""

    action: Action
    at: datetime


def next_step(request: Request) -> Step:
    """The earliest thing to be done; there always is one."""
    return min(_steps(request), key=lambda step: (step.at, _ORDER[step.action]))


def _steps(r: Request) -> Iterator[Step]:  # noqa: C901 - a table of states, read line by line
    if r.sight is Sight.SITE and (at := _look_at(r)) is not None:
        yield Step(Action.LOOK, _not_before(r, at))
    match r.state:
        case State.PENDING:
            yield from _pending(r)
        case State.SUBMITTING:
            yield Step(Action.RECONCILE, _not_before(r, r.state_since))
        case State.AWAITING_EMAIL_CONFIRM:
            if r.confirmable:
                yield Step(Action.CONFIRM, _not_before(r, r.state_since))
            yield Step(Action.STOP_WAITING, r.state_since + CONFIRM_WAIT)
        case State.SUBMITTED | State.ACKNOWLEDGED:
            yield from _submitted(r)
        case State.VERIFYING:
            yield from _verifying(r)
        case State.OVERDUE:
            yield Step(Action.ESCALATE, end_of_grace(r.regime, r.overdue_at or r.state_since))
        case State.ESCALATED | State.REJECTED:
            yield Step(Action.TRY_AGAIN, r.state_since + RETRY_REFUSED)
            yield from _ask(r, ASK_AFTER)
        case State.FAILED:
            yield Step(Action.TRY_AGAIN, r.state_since + RETRY_FAILED)
        case State.NEEDS_USER_ACTION:
            yield Step(Action.REMIND, (r.asked_at or r.state_since) + REMIND_AFTER)
        case State.REMOVED | State.NOT_FOUND:
            yield from _ask(r, ASK_REMOVED_AFTER)
            if r.sight is Sight.NONE:  # it could be looked at once, and is no longer
                yield Step(Action.WAIT, (r.asked_at or r.state_since) + RENEW)
        case State.REAPPEARED:
            yield Step(Action.REOPEN, r.state_since)


def _pending(r: Request) -> Iterator[Step]:
    if r.sight is Sight.SITE and not r.listed:
        return  # the look comes first: nobody is told of a person they may not know
    parent = ParentStands.NONE if r.on_its_own else r.parent
    if parent is ParentStands.COVERS:
        yield Step(Action.JOIN_PARENT, r.state_since)
    elif parent is ParentStands.UNDERWAY:
        yield Step(Action.WAIT, (r.asked_at or r.state_since) + WAITING_LOOK)
    elif r.attempts >= MAX_ATTEMPTS:
        yield Step(Action.GIVE_UP, r.state_since)
    else:
        action = Action.HAND_OVER if r.method is Method.GUIDED else Action.SUBMIT
        yield Step(action, _not_before(r, r.state_since))


def _submitted(r: Request) -> Iterator[Step]:
    # A letter is answered to our mailbox, so silence is known. Otherwise nobody is called late
    # before somebody saw the profile still there.
    if r.method is Method.EMAIL or _still_there(r, r.submitted_at or r.state_since):
        yield Step(Action.MARK_OVERDUE, r.deadline or r.state_since)
    elif r.sight is Sight.NONE:
        yield Step(Action.TRY_AGAIN, r.state_since + RENEW)
    yield from _ask(r, ASK_AFTER)


def _verifying(r: Request) -> Iterator[Step]:
    if r.sight is Sight.NONE:
        yield Step(Action.TRY_AGAIN, r.state_since + RENEW)
    elif _still_there(r, r.state_since):
        at = r.state_since + VERIFY_WAIT
        if r.deadline is None:
            yield Step(Action.LEAVE_PARENT, at)
        else:  # whatever it said: it has the time that the law gives it
            yield Step(Action.MARK_OVERDUE, max(at, r.deadline))
    yield from _ask(r, ASK_REMOVED_AFTER if r.customer_saw is False else ASK_AFTER)


def _still_there(r: Request, since: datetime) -> bool:
    """Whether the profile was seen after that moment: by us, or else by the customer."""
    if r.sight is Sight.CUSTOMER:
        return r.customer_saw is True
    return r.sight is Sight.SITE and r.listed is True and (r.looked_at or since) > since


def _ask(r: Request, after: timedelta) -> Iterator[Step]:
    if r.sight is Sight.CUSTOMER:
        yield Step(Action.ASK_TO_LOOK, max(r.asked_at or r.state_since, r.state_since) + after)


def _look_at(r: Request) -> datetime | None:
    match r.state:
        case State.PENDING:
            if not r.listed:
                return r.state_since
            underway = r.parent is ParentStands.UNDERWAY and not r.on_its_own
            return (r.looked_at or r.state_since) + WAITING_LOOK if underway else None
        case State.NOT_FOUND:
            return (r.looked_at or r.state_since) + NOT_FOUND_LOOK
        case State.NEEDS_USER_ACTION:
            return max(r.looked_at or r.state_since, r.state_since) + WAITING_LOOK
        case State.REMOVED:
            return look_after(r.state_since, r.looked_at or r.state_since)
        case State.VERIFYING if r.looked_at is None or r.looked_at < r.state_since:
            return r.state_since + BROKER_SAYS_DONE
        case State.SUBMITTING | State.AWAITING_EMAIL_CONFIRM | State.REAPPEARED | State.FAILED:
            return None
        case _:
            since = r.submitted_at or r.state_since
            if r.looked_at is None or r.looked_at < since:
                return since + FIRST_LOOK
            return look_after(since, r.looked_at)


def _not_before(r: Request, at: datetime) -> datetime:
    return max(at, r.not_before) if r.not_before else at
