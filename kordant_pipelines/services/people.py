"""Opening a user's personal data: the one place where stored keys meet the vault."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from kordant_pipelines.domain.identifiers import Identifier
from kordant_pipelines.security.blind_index import BlindIndex
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.security.vault import UserCipher, Vault, WrappedKey
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import SubscriptionRow, UserRow, WatchItemRow

WATCH_COLUMN = "watch_items.value"
CONTACT_COLUMN = "contact_points.value"
NAME_COLUMN = "users.name"
FACTS_COLUMN = "alerts.facts"
SUBJECT_COLUMN = "notifications.facts"
PAYLOAD_COLUMN = "deliveries.payload"


@dataclass(frozen=True)
class People:
    """Encrypts, decrypts and indexes personal data with one keyring."""

    vault: Vault
    index: BlindIndex

    @classmethod
    def with_keyring(
        cls, keyring: Keyring, read_again: Callable[[], Keyring] | None = None
    ) -> "People":
        """The services' view of a keyring; `read_again` as for `Vault`."""
        return cls(Vault(keyring, read_again), BlindIndex(keyring))

    def cipher_of(self, session: Session, subscription_id: str) -> UserCipher:
        """The cipher of the user a subscription belongs to. The subscription must exist."""
        user = session.execute(
            select(UserRow.id, UserRow.master_key_id, UserRow.wrapped_key)
            .join(SubscriptionRow, SubscriptionRow.user_id == UserRow.id)
            .where(SubscriptionRow.id == subscription_id)
        ).one()
        return self.vault.cipher(user.id, WrappedKey(user.master_key_id, user.wrapped_key))


def open_item(cipher: UserCipher, item: WatchItemRow) -> Identifier:
    """A watch item's identifier, in plain."""
    return Identifier(item.kind, cipher.decrypt(item.value_sealed, WATCH_COLUMN))


def users_to_rewrap(database: Database, vault: Vault) -> int:
    """How many users' data keys are not wrapped with the active master key."""
    with database.transaction() as session:
        count = select(func.count()).where(UserRow.master_key_id != vault.active_key_id)
        return session.execute(count).scalar_one()


def rewrap_all(database: Database, vault: Vault, *, page: int = 500) -> int:
    """Wrap every user's data key with the active master key; return how many changed.

    Works in pages of one transaction each, so it may be stopped and called again.
    """
    changed = 0
    while True:
        with database.transaction() as session:
            users = session.execute(
                select(UserRow.id, UserRow.master_key_id, UserRow.wrapped_key)
                .where(UserRow.master_key_id != vault.active_key_id)
                .order_by(UserRow.id)
                .limit(page)
                .with_for_update()
            ).all()
            for user in users:
                key = vault.rewrap(user.id, WrappedKey(user.master_key_id, user.wrapped_key))
                session.execute(
                    update(UserRow)
                    .where(UserRow.id == user.id)
                    .values(master_key_id=key.key_id, wrapped_key=key.wrapped)
                )
        changed += len(users)
        if len(users) < page:
            return changed
