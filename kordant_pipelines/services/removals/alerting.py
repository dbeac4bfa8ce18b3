"""Raising the alerts that removals owe: profiles that came back, and what only customers can do."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.removals.alerts import Asked, RemovalFacts, removal_severity
from kordant_pipelines.domain.removals.brokers import Broker, Method
from kordant_pipelines.domain.removals.states import Event, State
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.outbox import enqueue
from kordant_pipelines.services.raising import store_alert
from kordant_pipelines.storage.models import (
    BrokerRow,
    RemovalRequestRow,
    RemovalTaskRow,
    RemovalTransitionRow,
    SubscriptionRow,
    TaskKind,
)

REMOVAL_FACTS = TypeAdapter(tuple[RemovalFacts, ...])
"""How such an alert's facts are written and read."""

_ASKED = {
    TaskKind.FILE: Asked.FILE,
    TaskKind.LOOK: Asked.LOOK,
    TaskKind.COMPLAIN: Asked.COMPLAIN,
}
"""The tasks that are a customer's; the rest are an operator's."""


def raise_removal_alerts(
    session: Session, cipher: UserCipher, subscription_id: str, run_id: str, now: datetime
) -> int:
    """Raise what is owed and was not told yet; return how many alerts.

    What waits for the customer is told of together. The requests' rows must be locked.
    """
    session.flush()
    keys = [
        *_relisted(session, cipher, subscription_id, run_id, now),
        *_waiting(session, cipher, subscription_id, run_id, now),
    ]
    if keys:
        user_id = session.get_one(SubscriptionRow, subscription_id).user_id
        enqueue(session, user_id, keys, now)
    return len(keys)


def _relisted(
    session: Session, cipher: UserCipher, subscription_id: str, run_id: str, now: datetime
) -> list[str]:
    rows = session.execute(
        select(RemovalTransitionRow, BrokerRow.facts)
        .join(RemovalRequestRow, RemovalRequestRow.id == RemovalTransitionRow.request_id)
        .join(BrokerRow, BrokerRow.key == RemovalRequestRow.broker_key)
        .where(
            RemovalRequestRow.subscription_id == subscription_id,
            RemovalTransitionRow.event == Event.LOOK_LISTED,
            RemovalTransitionRow.to_state == State.REAPPEARED,
        )
        .order_by(RemovalTransitionRow.id)
    )
    keys: list[str] = []
    for transition, facts in rows:
        key = f"removal_relisted:{transition.id}"
        broker = Broker.model_validate(facts)
        asked = Asked.FILE if broker.method is Method.GUIDED else None
        told = (_facts(broker, transition.at, asked),)
        kind = AlertKind.REMOVAL_RELISTED
        if _store(session, cipher, subscription_id, run_id, now, kind, key, told):
            keys.append(key)
    return keys


def _waiting(
    session: Session, cipher: UserCipher, subscription_id: str, run_id: str, now: datetime
) -> list[str]:
    rows = session.execute(
        select(RemovalTaskRow, BrokerRow.facts)
        .join(RemovalRequestRow, RemovalRequestRow.id == RemovalTaskRow.request_id)
        .join(BrokerRow, BrokerRow.key == RemovalRequestRow.broker_key)
        .where(
            RemovalRequestRow.subscription_id == subscription_id,
            RemovalTaskRow.kind.in_(_ASKED),
            RemovalTaskRow.done_at.is_(None),
            RemovalTaskRow.told_at.is_(None),
        )
        .order_by(RemovalTaskRow.id)
    ).all()
    if not rows:
        return []
    told = [_facts(Broker.model_validate(facts), now, _ASKED[task.kind]) for task, facts in rows]
    order = list(Asked)
    told.sort(key=lambda one: (order.index(one.asked) if one.asked else -1, one.broker))
    key = f"removal_tasks:{rows[0][0].id}:{now.isoformat()}"
    for task, _ in rows:
        task.told_at = now
    kind = AlertKind.REMOVAL_TASKS
    stored = _store(session, cipher, subscription_id, run_id, now, kind, key, told)
    return [key] if stored else []


def _facts(broker: Broker, at: datetime, asked: Asked | None) -> RemovalFacts:
    return RemovalFacts(
        broker=broker.name,
        url=broker.page_to_file if asked is Asked.FILE else broker.url,
        day=at.date(),
        asked=asked,
    )


def _store(
    session: Session,
    cipher: UserCipher,
    subscription_id: str,
    run_id: str,
    now: datetime,
    kind: AlertKind,
    key: str,
    facts: Sequence[RemovalFacts],
) -> bool:
    alert_id = store_alert(
        session,
        cipher,
        subscription_id=subscription_id,
        run_id=run_id,
        now=now,
        kind=kind,
        severity=removal_severity(facts),
        dedupe_key=key,
        facts_json=REMOVAL_FACTS.dump_json(tuple(facts)),
    )
    return alert_id is not None
