"""Recording what came of errands, in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from kordant_pipelines.domain.removals.cadence import backoff
from kordant_pipelines.domain.removals.requests import delayed
from kordant_pipelines.domain.removals.states import Event
from kordant_pipelines.domain.removals.steps import Action
from kordant_pipelines.services.removals.case import URL_COLUMN, Case
from kordant_pipelines.services.removals.claiming import is_as_claimed
from kordant_pipelines.services.removals.errands import Outcome
from kordant_pipelines.services.removals.file import Entry, RequestFile
from kordant_pipelines.services.removals.troubles import settle


def record(case: Case, now: datetime, outcomes: Sequence[Outcome]) -> None:
    """Write what came of errands, whole or not at all.

    What a mail settled while the errand was under way stays as the mail left it; what a look saw
    holds in any state.
    """
    with case.database.transaction() as session:
        file = RequestFile(session, case.subscription_id, now, case.run_id)
        for outcome in outcomes:
            entry = file.get(outcome.errand.request_id)
            if entry is None:
                continue
            if outcome.seen is not None:
                _see(case, file, entry, outcome, now, listed=outcome.seen)
            elif is_as_claimed(entry, outcome.errand):
                _happen(file, entry, outcome, now)
        file.save()
        settle(session, outcomes, now)


def _see(
    case: Case, file: RequestFile, entry: Entry, outcome: Outcome, now: datetime, *, listed: bool
) -> None:
    if outcome.profile_url:
        entry.row.profile_sealed = case.cipher.encrypt(outcome.profile_url, URL_COLUMN)
    file.see(entry, listed=listed, at=now)


def _happen(file: RequestFile, entry: Entry, outcome: Outcome, now: datetime) -> None:
    failures = entry.request.failures
    wait = max(outcome.again_in or timedelta(0), backoff(failures))
    if outcome.event is None:
        entry.request = delayed(entry.request, now + (outcome.again_in or wait))
        return
    file.happen(entry, outcome.event, reason=outcome.reason)
    if outcome.event is Event.NOT_SENT:
        spent = 1 if outcome.uncounted else 0
        entry.request = replace(
            entry.request,
            attempts=entry.request.attempts - spent,
            # What is known never to have gone out goes out now; that wait is over.
            not_before=now if outcome.errand.action is Action.RECONCILE else now + wait,
        )
