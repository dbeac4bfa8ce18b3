"""One run's subject: the subscription, its person, and the means to work for them."""

from dataclasses import dataclass

from kordant_pipelines.domain.removals.people import Person
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.removals.access import Mailbox
from kordant_pipelines.storage.database import Database

URL_COLUMN = "removal_requests.profile"
LINK_COLUMN = "removal_requests.link"


@dataclass(frozen=True)
class Case:
    """What every part of one run needs. No other run works on the subscription meanwhile."""

    database: Database
    subscription_id: str
    run_id: str
    person: Person
    cipher: UserCipher
    mailbox: Mailbox | None

    def __repr__(self) -> str:
        return f"Case({self.subscription_id})"
