"""The broker registry: read from its file, checked whole, and brought into the database."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.errors import Misconfigured, RefusedInput
from kordant_pipelines.domain.removals.brokers import Broker, require_sound
from kordant_pipelines.domain.removals.troubles import Trouble
from kordant_pipelines.services.removals.troubles import release, troubles
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import BrokerRow

_REGISTRY = TypeAdapter(list[Broker])
_OURS = "kordant_pipelines.services.removals.registry"


def load_registry(file: Path | None = None) -> dict[str, Broker]:
    """The brokers of a registry file, by key; of the one in the package if none is named.

    Raises:
        Misconfigured: it cannot be read, or an entry is wrong; every wrong one is named.
    """
    source = file or files(_OURS).joinpath("brokers.yaml")
    try:
        entries = yaml.safe_load(source.read_text(encoding="utf-8"))
        return require_sound(_REGISTRY.validate_python(entries))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Misconfigured(
            f"The broker registry {source} cannot be read: {type(error).__name__}."
        ) from None
    except ValidationError as error:
        faults = "\n".join(
            f"  entry {'.'.join(map(str, fault['loc']))}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        )
        raise Misconfigured(f"The broker registry {source} is wrong:\n{faults}") from None
    except ValueError as error:
        raise Misconfigured(f"The broker registry {source} is wrong: {error}.") from None


class Brokers:
    """The brokers of one domain database."""

    def __init__(self, database: Database, clock: Clock, file: Path | None = None) -> None:
        self._database = database
        self._clock = clock
        self.file = file
        self._synced: dict[str, Broker] | None = None

    def all(self) -> Mapping[str, Broker]:
        """The registry's brokers by key, in the database since this process first asked.

        Raises:
            Misconfigured: the registry is wrong.
        """
        if self._synced is None:
            self.sync()
        return self._synced or {}

    def sync(self) -> int:
        """Make the database's brokers those of the registry; return how many rows changed.

        What is gone from the registry is retired; called again, it changes nothing.

        Raises:
            Misconfigured: the registry is wrong; nothing was changed.
        """
        brokers = load_registry(self.file)
        with self._database.transaction() as session:
            session.execute(text("SELECT pg_advisory_xact_lock(hashtext('kordant brokers'))"))
            changed = self._store(session, brokers)
        self._synced = brokers
        return changed

    def troubles(self) -> Sequence[Trouble]:
        """What stands between us and brokers now."""
        with self._database.transaction() as session:
            return troubles(session)

    def mended(self, key: str) -> int:
        """Have a broker be tried again at once; how many of its parts were in trouble.

        Raises:
            RefusedInput: it was in none.
        """
        with self._database.transaction() as session:
            ended = release(session, key, self._clock())
        if not ended:
            raise RefusedInput(
                f"There is no trouble with {key!r}. `kordant brokers troubles` shows those there "
                "are."
            )
        return ended

    def _store(self, session: Session, brokers: Mapping[str, Broker]) -> int:
        now = self._clock()
        held = {row.key: row for row in session.scalars(select(BrokerRow))}
        changed = 0
        for broker in brokers.values():
            facts = broker.model_dump(mode="json")
            fingerprint = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
            row = held.get(broker.key)
            if row and row.fingerprint == fingerprint and row.retired_at is None:
                continue
            values = {
                "name": broker.name,
                "facts": facts,
                "fingerprint": fingerprint,
                "changed_at": now,
                "retired_at": None,
            }
            session.execute(
                insert(BrokerRow)
                .values(key=broker.key, **values)
                .on_conflict_do_update(index_elements=[BrokerRow.key], set_=values)
            )
            release(session, broker.key, now)  # what did not work may be what was mended
            changed += 1
        retired = session.execute(
            update(BrokerRow)
            .where(BrokerRow.key.not_in(list(brokers)), BrokerRow.retired_at.is_(None))
            .values(retired_at=now)
            .returning(BrokerRow.key)
        )
        return changed + len(retired.all())
