"""The states of a removal request, and the table of what may lead from one to another.

Only `LOOK_CLEAR`, a look of ours at the broker's own public pages that did not find the customer,
leads to REMOVED. What a broker says of itself, or a customer of a broker, leads to VERIFYING at
most.
"""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    SUBMITTING = "submitting"  # a run is at it, or died at it: what went out is not known
    AWAITING_EMAIL_CONFIRM = "awaiting_email_confirm"
    SUBMITTED = "submitted"
    ACKNOWLEDGED = "acknowledged"
    VERIFYING = "verifying"  # the broker, its parent's removal or the customer says it is done
    REMOVED = "removed"
    REAPPEARED = "reappeared"
    NEEDS_USER_ACTION = "needs_user_action"
    NOT_FOUND = "not_found"
    REJECTED = "rejected"
    OVERDUE = "overdue"  # a statutory clock ran out
    ESCALATED = "escalated"
    FAILED = "failed"


class Event(StrEnum):
    """What can happen to a request."""

    LOOK_CLEAR = "look_clear"
    LOOK_LISTED = "look_listed"
    CLAIMED = "claimed"  # a run is about to submit it
    ACCEPTED = "accepted"
    MAIL_AWAITED = "mail_awaited"  # accepted, if the link in a mail is followed
    NOT_SENT = "not_sent"
    REFUSED = "refused"  # form or letter was refused for good, or tried too often
    CONFIRMED = "confirmed"
    CONFIRM_RAN_OUT = "confirm_ran_out"
    CUSTOMER_NEEDED = "customer_needed"
    CUSTOMER_FILED = "customer_filed"
    CUSTOMER_SAW_GONE = "customer_saw_gone"
    CUSTOMER_SAW_LISTED = "customer_saw_listed"  # where it was thought to be gone
    BROKER_ACKNOWLEDGED = "broker_acknowledged"
    BROKER_EXTENDED = "broker_extended"
    BROKER_COMPLETED = "broker_completed"
    BROKER_REFUSED = "broker_refused"
    UNDELIVERABLE = "undeliverable"
    CLOCK_RAN_OUT = "clock_ran_out"
    GRACE_RAN_OUT = "grace_ran_out"
    PARENT_COVERS = "parent_covers"
    PARENT_FELL_SHORT = "parent_fell_short"
    TRIED_AGAIN = "tried_again"
    REOPENED = "reopened"


_S, _E = State, Event
_BY_STATE: Mapping[State, Mapping[Event, State]] = {
    _S.PENDING: {
        _E.LOOK_CLEAR: _S.NOT_FOUND,
        _E.CLAIMED: _S.SUBMITTING,
        _E.CUSTOMER_NEEDED: _S.NEEDS_USER_ACTION,
        _E.PARENT_COVERS: _S.VERIFYING,
        _E.REFUSED: _S.FAILED,
    },
    _S.SUBMITTING: {
        _E.ACCEPTED: _S.SUBMITTED,
        _E.MAIL_AWAITED: _S.AWAITING_EMAIL_CONFIRM,
        _E.NOT_SENT: _S.PENDING,
        _E.REFUSED: _S.FAILED,
        _E.CUSTOMER_NEEDED: _S.NEEDS_USER_ACTION,
        _E.BROKER_ACKNOWLEDGED: _S.ACKNOWLEDGED,
        _E.BROKER_COMPLETED: _S.VERIFYING,
        _E.BROKER_REFUSED: _S.REJECTED,
        _E.UNDELIVERABLE: _S.FAILED,
    },
    _S.AWAITING_EMAIL_CONFIRM: {
        _E.CONFIRMED: _S.SUBMITTED,
        _E.CONFIRM_RAN_OUT: _S.NEEDS_USER_ACTION,
        _E.REFUSED: _S.FAILED,
        _E.BROKER_COMPLETED: _S.VERIFYING,
        _E.BROKER_REFUSED: _S.REJECTED,
    },
    _S.SUBMITTED: {
        _E.LOOK_CLEAR: _S.REMOVED,
        _E.BROKER_ACKNOWLEDGED: _S.ACKNOWLEDGED,
        _E.BROKER_EXTENDED: _S.ACKNOWLEDGED,
        _E.BROKER_COMPLETED: _S.VERIFYING,
        _E.BROKER_REFUSED: _S.REJECTED,
        _E.CUSTOMER_NEEDED: _S.NEEDS_USER_ACTION,
        _E.CUSTOMER_SAW_GONE: _S.VERIFYING,
        _E.UNDELIVERABLE: _S.FAILED,
        _E.CLOCK_RAN_OUT: _S.OVERDUE,
        _E.TRIED_AGAIN: _S.PENDING,
    },
    _S.ACKNOWLEDGED: {
        _E.LOOK_CLEAR: _S.REMOVED,
        _E.CUSTOMER_SAW_GONE: _S.VERIFYING,
        _E.TRIED_AGAIN: _S.PENDING,
        _E.BROKER_EXTENDED: _S.ACKNOWLEDGED,
        _E.BROKER_COMPLETED: _S.VERIFYING,
        _E.BROKER_REFUSED: _S.REJECTED,
        _E.CUSTOMER_NEEDED: _S.NEEDS_USER_ACTION,
        _E.CLOCK_RAN_OUT: _S.OVERDUE,
    },
    _S.VERIFYING: {
        _E.LOOK_CLEAR: _S.REMOVED,
        _E.BROKER_REFUSED: _S.REJECTED,
        _E.CLOCK_RAN_OUT: _S.OVERDUE,
        _E.CUSTOMER_SAW_LISTED: _S.REAPPEARED,
        _E.PARENT_FELL_SHORT: _S.PENDING,
        _E.TRIED_AGAIN: _S.PENDING,
    },
    _S.REMOVED: {_E.LOOK_LISTED: _S.REAPPEARED, _E.CUSTOMER_SAW_LISTED: _S.REAPPEARED},
    _S.REAPPEARED: {_E.REOPENED: _S.PENDING},
    _S.NEEDS_USER_ACTION: {
        _E.LOOK_CLEAR: _S.REMOVED,
        _E.CUSTOMER_FILED: _S.SUBMITTED,
        _E.BROKER_ACKNOWLEDGED: _S.ACKNOWLEDGED,
        _E.BROKER_COMPLETED: _S.VERIFYING,
        _E.BROKER_REFUSED: _S.REJECTED,
    },
    _S.NOT_FOUND: {_E.LOOK_LISTED: _S.PENDING, _E.CUSTOMER_SAW_LISTED: _S.PENDING},
    _S.REJECTED: {
        _E.LOOK_CLEAR: _S.REMOVED,
        _E.CUSTOMER_SAW_GONE: _S.VERIFYING,
        _E.BROKER_COMPLETED: _S.VERIFYING,
        _E.TRIED_AGAIN: _S.PENDING,
    },
    _S.OVERDUE: {
        _E.LOOK_CLEAR: _S.REMOVED,
        _E.BROKER_ACKNOWLEDGED: _S.ACKNOWLEDGED,
        _E.BROKER_EXTENDED: _S.ACKNOWLEDGED,
        _E.BROKER_COMPLETED: _S.VERIFYING,
        _E.BROKER_REFUSED: _S.REJECTED,
        _E.GRACE_RAN_OUT: _S.ESCALATED,
    },
    _S.ESCALATED: {
        _E.LOOK_CLEAR: _S.REMOVED,
        _E.CUSTOMER_SAW_GONE: _S.VERIFYING,
        _E.BROKER_COMPLETED: _S.VERIFYING,
        _E.BROKER_REFUSED: _S.REJECTED,
        _E.TRIED_AGAIN: _S.PENDING,
    },
    _S.FAILED: {
        _E.BROKER_ACKNOWLEDGED: _S.ACKNOWLEDGED,
        _E.BROKER_COMPLETED: _S.VERIFYING,
        _E.TRIED_AGAIN: _S.PENDING,
    },
}

TRANSITIONS: Mapping[tuple[State, Event], State] = {
    (state, event): to for state, events in _BY_STATE.items() for event, to in events.items()
}
"""Every transition there is. A pair that is not in it does not happen."""

LOOKS = frozenset({Event.LOOK_CLEAR, Event.LOOK_LISTED})
"""The events that come from a look of ours, and from nothing else."""
