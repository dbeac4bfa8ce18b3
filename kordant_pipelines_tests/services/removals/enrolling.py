"""Customers of the sandbox, with their removals authorised, and what became of those."""

from sqlalchemy import select

from kordant_pipelines.domain.removals.people import Residence
from kordant_pipelines.domain.removals.states import State
from kordant_pipelines.sandbox.world.seed import load_seed
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.removals.profiles import Profile
from kordant_pipelines.services.subscriptions import NewSubscription
from kordant_pipelines.storage.models import RemovalRequestRow, RemovalTransitionRow

History = list[tuple[State, str, State]]


def enrol(services: Services, ref: str) -> str:
    """Add a customer and authorise their removals; the subscription's id."""
    seed = load_seed()
    customer = next(one for one in seed.customers if one.ref == ref)
    home = next(one for one in seed.residents if one.ref == ref)
    subscription, _ = services.subscriptions.add(
        NewSubscription.model_validate(
            {
                "ref": customer.ref,
                "tier": customer.tier.value,
                "name": customer.name,
                "emails": customer.watch.emails,
                "phones": customer.watch.phones,
                "contact_emails": (customer.email,),
            }
        )
    )
    residence = Residence.model_validate(home.model_dump(exclude={"ref"}))
    services.removals.start(subscription, Profile(residence=residence))
    return subscription


def history(services: Services, subscription: str, broker: str) -> History:
    """What happened to the requests to one broker, oldest first."""
    with services.database.transaction() as session:
        rows = session.scalars(
            select(RemovalTransitionRow)
            .join(RemovalRequestRow, RemovalRequestRow.id == RemovalTransitionRow.request_id)
            .where(
                RemovalRequestRow.subscription_id == subscription,
                RemovalRequestRow.broker_key == broker,
            )
            .order_by(RemovalTransitionRow.id)
        )
        return [(row.from_state, row.event.value, row.to_state) for row in rows]


def state(services: Services, subscription: str, broker: str) -> State:
    """Where the live request to a broker stands."""
    return next(s.state for s in services.removals.of(subscription) if s.broker == broker)
