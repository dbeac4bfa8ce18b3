"""Whether a keyring is the one a database was written with.

Another one would open nothing that is there, and what it encrypted nobody else could open: a host
given a keyring of its own, or a lost one made anew, must be told before it does anything.
"""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.security.blind_index import BlindIndex
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import KeyringRow


def require_keyring(database: Database, keyring: Keyring) -> None:
    """Note the first keyring a database is used with; insist on it ever after.

    Raises:
        Misconfigured: it is another one.
    """
    # The index root never changes, whatever master keys a rotation adds.
    digest = BlindIndex(keyring).digest("keyring", "kordant")
    with database.transaction() as session:
        session.execute(insert(KeyringRow).values(id=1, digest=digest).on_conflict_do_nothing())
        held = session.execute(select(KeyringRow.digest)).scalar_one()
    if held != digest:
        raise Misconfigured(
            "The keyring is not the one this database was written with, so nothing in it could be "
            "read. Put the right file in its place (KORDANT_KEYRING_FILE)."
        )
