"""Writing down what is owed: one statement for any number of subscriptions, safe to repeat."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from kordant_pipelines.domain.calendar.cadences import starts_at_once
from kordant_pipelines.domain.calendar.owed import Reason, priority_of
from kordant_pipelines.domain.calendar.periods import HASH_DIGITS, Period, Window
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.services.calendar.plans import Plan

DUE_AT = f"""(
    SELECT CAST(:period_start AS timestamptz) + make_interval(
        secs => 86400 * (place / :window_seconds) + :window_start + place % :window_seconds)
    FROM (SELECT CAST(CAST('x' || substr(md5(s.id || ':' || :job), 1, {HASH_DIGITS})
                           AS bit({4 * HASH_DIGITS})) AS bigint)
                 % (:period_days * :window_seconds) AS place) AS spread
)"""  # noqa: S608 - made of constants
"""`domain.calendar.periods.due_at` in SQL; `s` is a subscription. Parameters: `due_parameters`."""

_SUPERSEDE = """
UPDATE owed_runs r SET state = 'superseded', ended_at = :now
FROM subscriptions s
WHERE r.subscription_id = s.id AND s.status = 'active' AND s.tier = :tier
  AND (:everyone OR s.id = ANY(:ids))
  AND r.job = :job AND r.state = 'owed' AND r.attempt = 0 AND r.cadence IS NOT NULL
  AND (r.cadence <> :cadence OR r.slot <> :slot AND r.due_at <= :a_period_ago)
"""

_OWE_DROPPED_RETRIES = """
UPDATE owed_runs r
SET state = 'owed', due_at = greatest(r.due_at, :now), revision = r.revision + 1, ended_at = NULL,
    dispatched_at = NULL, run_id = NULL
FROM subscriptions s
WHERE r.subscription_id = s.id AND s.status = 'active' AND s.tier = :tier
  AND (:everyone OR s.id = ANY(:ids))
  AND r.job = :job AND r.slot = :slot AND r.attempt > 0 AND r.state = 'dropped'
"""

# Parameters are cast where Postgres would otherwise guess their types from the SELECT alone.
_OWE = f"""
INSERT INTO owed_runs (job, subscription_id, slot, cadence, attempt, reason, tier, priority,
                       due_at, state, created_at)
SELECT :job, s.id, CAST(:slot AS varchar), CAST(:cadence AS varchar), 0,
       CASE WHEN :starts_at_once AND NOT EXISTS (
                    SELECT FROM owed_runs r WHERE r.job = :job AND r.subscription_id = s.id
                       AND r.dispatched_at IS NOT NULL) THEN 'baseline'
            WHEN :joining THEN 'plan_changed' ELSE 'scheduled' END,
       s.tier, :priority,
       CASE WHEN :at_once THEN CAST(:now AS timestamptz) ELSE {DUE_AT} END,
       'owed', :now
FROM subscriptions s
WHERE s.status = 'active' AND s.tier = :tier
  AND (:everyone OR s.id = ANY(:ids))
  AND (:starts_at_once OR s.created_at < :period_start)
  AND NOT EXISTS (SELECT FROM owed_runs r
                  WHERE r.job = :job AND r.subscription_id = s.id
                    AND r.cadence IS NOT NULL AND r.cadence <> :cadence
                    AND r.dispatched_at >= :period_start)
ON CONFLICT (job, subscription_id, slot, attempt) DO UPDATE
SET state = 'owed', reason = excluded.reason, tier = excluded.tier, priority = excluded.priority,
    due_at = excluded.due_at, ended_at = NULL, run_id = NULL, dispatched_at = NULL,
    revision = owed_runs.revision + CAST(owed_runs.state <> 'owed' AS integer)
WHERE owed_runs.state IN ('dropped', 'superseded')
   OR (:at_once AND owed_runs.state = 'owed' AND owed_runs.due_at > excluded.due_at
       AND (excluded.reason = 'baseline' OR owed_runs.tier <> excluded.tier))
"""  # noqa: S608 - made of constants

_OWE_EVENT = """
INSERT INTO owed_runs (job, subscription_id, slot, attempt, reason, tier, priority, due_at, state,
                       created_at)
SELECT :job, s.id, CAST(:slot AS varchar), 0, CAST(:reason AS varchar), s.tier, :priority, :now,
       'owed', :now
FROM subscriptions s
WHERE s.status = 'active' AND s.tier = :tier AND (:everyone OR s.id = ANY(:ids))
  AND NOT (:unless_open AND EXISTS (
        SELECT FROM owed_runs r WHERE r.job = :job AND r.subscription_id = s.id
           AND r.state IN ('owed', 'dispatched') AND (r.cadence IS NULL OR r.due_at <= :now)))
ON CONFLICT DO NOTHING
"""


def owe_period(
    session: Session,
    plan: Plan,
    period: Period,
    now: datetime,
    *,
    joining: Collection[str] | None = None,
) -> int:
    """Owe each active subscription of the plan's tier its run of `period`; return how many.

    Who is owed it already, had it, or had a run under another cadence since the period began is
    left alone. What another cadence owed is superseded, and so is what is overdue by a whole
    period: an outage of whatever length owes one run, not one for each period missed.

    With `joining` only those subscriptions are looked at, new to the plan within its period: they
    are due at once, even if the period's opening came first and gave them a later time.
    """
    parameters = {
        **due_parameters(plan.job, period, plan.window),
        "tier": plan.tier.value,
        "slot": period.slot,
        "cadence": period.cadence.value,
        "now": now,
        "a_period_ago": now - (period.end - period.start),
        **_among(joining),
    }
    session.execute(text(_SUPERSEDE), parameters)
    session.execute(text(_OWE_DROPPED_RETRIES), parameters)
    reason = Reason.SCHEDULED if joining is None else Reason.BASELINE
    return _rows(
        session,
        _OWE,
        {
            **parameters,
            "joining": joining is not None,
            "at_once": joining is not None and starts_at_once(plan.job),
            "starts_at_once": starts_at_once(plan.job),
            "priority": priority_of(plan.job, reason, plan.tier),
        },
    )


def owe_event(
    session: Session,
    job: Job,
    tier: Tier,
    slot: str,
    reason: Reason,
    now: datetime,
    *,
    among: Collection[str] | None = None,
    unless_open: bool = False,
) -> int:
    """Owe a run outside any period, due now, to the active subscriptions of a tier.

    `slot` tells the event apart: the same event owes nothing twice. With `unless_open`, who is
    owed a run of the job by another event, or has one under way, is left alone.
    """
    return _rows(
        session,
        _OWE_EVENT,
        {
            "job": job.value,
            "tier": tier.value,
            "slot": slot,
            "reason": reason.value,
            "priority": priority_of(job, reason, tier),
            "now": now,
            "unless_open": unless_open,
            **_among(among),
        },
    )


def supersede_periods(session: Session, job: Job, ids: Sequence[str], now: datetime) -> None:
    """Supersede what periods of a job owed these subscriptions, whose tier does not have it."""
    session.execute(
        text(
            "UPDATE owed_runs SET state = 'superseded', ended_at = :now WHERE job = :job "
            "AND state = 'owed' AND cadence IS NOT NULL AND subscription_id = ANY(:ids)"
        ),
        {"job": job.value, "ids": list(ids), "now": now},
    )


def drop_owed(session: Session, ids: Sequence[str], now: datetime) -> int:
    """Drop all that these subscriptions are owed, for nothing may run for them; return how many."""
    return _rows(
        session,
        "UPDATE owed_runs SET state = 'dropped', ended_at = :now "
        "WHERE state = 'owed' AND subscription_id = ANY(:ids)",
        {"ids": list(ids), "now": now},
    )


def due_parameters(job: Job, period: Period, window: Window) -> dict[str, Any]:
    """What `DUE_AT` takes."""
    return {
        "job": job.value,
        "period_start": period.start,
        "period_days": period.days,
        "window_start": window.start,
        "window_seconds": window.seconds,
    }


def _among(ids: Collection[str] | None) -> dict[str, Any]:
    return {"everyone": ids is None, "ids": list(ids or ())}


def _rows(session: Session, statement: str, parameters: Mapping[str, Any]) -> int:
    result = session.connection().execute(text(statement), parameters)
    return result.rowcount
