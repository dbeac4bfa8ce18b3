"""Taking the steps that are due: those inside at once, those outside as errands, claimed first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from kordant_pipelines.domain.removals.requests import delayed
from kordant_pipelines.domain.removals.states import Event
from kordant_pipelines.domain.removals.steps import Action
from kordant_pipelines.domain.removals.troubles import BY_HAND_AFTER, OURS, Part, part_of
from kordant_pipelines.providers.brokers.filling import Filling
from kordant_pipelines.services.removals.case import LINK_COLUMN, URL_COLUMN, Case
from kordant_pipelines.services.removals.errands import Errand, filling_for
from kordant_pipelines.services.removals.file import Entry, RequestFile
from kordant_pipelines.services.removals.troubles import in_the_way
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.models import TaskKind

_STEPS_AT_MOST: Final = 12
_UNREAD_WAIT: Final = timedelta(hours=1)
_NO_MAILBOX_WAIT: Final = timedelta(days=1)
REMIND_FOR: Final = timedelta(days=45)
"""How long a customer is reminded of what they were asked to do."""

_EVENTS = {
    Action.REOPEN: (Event.REOPENED, None),
    Action.JOIN_PARENT: (Event.PARENT_COVERS, None),
    Action.GIVE_UP: (Event.REFUSED, "too_many_attempts"),
    Action.HAND_OVER: (Event.CUSTOMER_NEEDED, "guided"),
    Action.STOP_WAITING: (Event.CONFIRM_RAN_OUT, None),
    Action.LEAVE_PARENT: (Event.PARENT_FELL_SHORT, None),
    Action.MARK_OVERDUE: (Event.CLOCK_RAN_OUT, None),
    Action.ESCALATE: (Event.GRACE_RAN_OUT, None),
    Action.TRY_AGAIN: (Event.TRIED_AGAIN, None),
}
_ERRANDS = frozenset({Action.LOOK, Action.SUBMIT, Action.RECONCILE, Action.CONFIRM})
_WANT_ANSWERS = frozenset({Action.MARK_OVERDUE, Action.ESCALATE, Action.STOP_WAITING})


@dataclass
class Claimed:
    """What was taken: errands to run, and the steps done already."""

    errands: list[Errand] = field(default_factory=list[Errand])
    steps: Counter[Action] = field(default_factory=Counter[Action])
    unread: set[str] = field(default_factory=set[str])


def claim(case: Case, now: datetime, *, answers_read: bool) -> Claimed:
    """Take every step that is due and claim what goes outside, in one transaction.

    `answers_read` says that the brokers' answers are known: without them nobody is called late.

    Raises:
        UnknownSubscription, InactiveSubscription: it went away meanwhile; nothing was claimed.
    """
    claimed = Claimed()
    with case.database.transaction() as session:
        require_active(session, case.subscription_id)
        file = RequestFile(session, case.subscription_id, now, case.run_id)
        # What one step does to a parent may make a child's due: so all are gone over again.
        for _ in range(_STEPS_AT_MOST):
            due = [e for e in list(file) if _is_due(e, now, claimed, answers_read)]
            if not due:
                break
            for entry in due:
                _take(session, case, file, entry, now, claimed)
        file.save()
        for entry in file:
            if entry.row.id in claimed.unread:
                file.postpone(entry, now + _UNREAD_WAIT)
    return claimed


def still_open(case: Case, now: datetime, errands: Sequence[Errand]) -> list[Errand]:
    """Those of the errands that reading the inbox did not settle."""
    with case.database.transaction() as session:
        file = RequestFile(session, case.subscription_id, now, case.run_id)
        return [e for e in errands if is_as_claimed(file.get(e.request_id), e)]


def is_as_claimed(entry: Entry | None, errand: Errand) -> bool:
    """Whether nothing happened to the request since the errand was made."""
    return (
        entry is not None
        and entry.request.state is errand.request.state
        and entry.request.attempts == errand.request.attempts
    )


def _is_due(entry: Entry, now: datetime, claimed: Claimed, answers_read: bool) -> bool:  # noqa: FBT001 - one caller
    step = entry.step
    if step.at > now or any(e.request_id == entry.row.id for e in claimed.errands):
        return False
    if step.action in _WANT_ANSWERS and not answers_read:
        claimed.unread.add(entry.row.id)
        return False
    return True


def _take(
    session: Session, case: Case, file: RequestFile, entry: Entry, now: datetime, claimed: Claimed
) -> None:
    action = entry.step.action
    if action in _ERRANDS:
        if _waits(session, file, entry, action, now):
            return
        if action is Action.SUBMIT:
            if case.mailbox is None:
                # Answers would have nowhere to go: a form wants an address as a letter does.
                entry.request = delayed(entry.request, now + _NO_MAILBOX_WAIT)
                file.ask(entry, TaskKind.REVIEW, "no_mailbox")
                return
            file.happen(entry, Event.CLAIMED)
        claimed.errands.append(_errand(case, entry, action))
        return
    claimed.steps[action] += 1
    if action in _EVENTS:
        event, reason = _EVENTS[action]
        file.happen(entry, event, reason=reason)
        return
    if action is Action.ASK_TO_LOOK:
        file.ask(entry, TaskKind.LOOK)
    if action is Action.REMIND and now - entry.request.state_since < REMIND_FOR:
        file.remind(entry)
    entry.request = replace(entry.request, asked_at=now)


def _waits(
    session: Session, file: RequestFile, entry: Entry, action: Action, now: datetime
) -> bool:
    """Whether the broker is in trouble, so that this waits while one run tries again."""
    part = part_of(action, entry.broker.method)
    if part is None:
        return False
    trouble = in_the_way(session, entry.broker.key, part, now)
    if trouble is None and part is Part.LETTERS:
        trouble = in_the_way(session, OURS, part, now)
    if trouble is None:
        return False
    if part is Part.FORM and now - trouble.since >= BY_HAND_AFTER:
        file.happen(entry, Event.CUSTOMER_NEEDED, reason=trouble.reason)
    else:
        entry.request = delayed(entry.request, trouble.try_at)
    return True


def _errand(case: Case, entry: Entry, action: Action) -> Errand:
    row = entry.row
    url = case.cipher.decrypt(row.profile_sealed, URL_COLUMN) if row.profile_sealed else None
    link = case.cipher.decrypt(row.link_sealed, LINK_COLUMN) if row.link_sealed else None
    filling = filling_for(row.reference, Filling(case.person), case.mailbox, url)
    return Errand(row.id, action, entry.broker, entry.request, filling, link)
