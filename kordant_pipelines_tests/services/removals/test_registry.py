"""The broker registry: sound as shipped, synced once, refused whole when wrong."""

from pathlib import Path

import pytest
import yaml
from sqlalchemy import func, select

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.domain.removals.brokers import Sight
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.removals.brokers import Brokers, load_registry
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import BrokerRow
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock


def test_the_shipped_registry_is_sound() -> None:
    brokers = load_registry()
    assert len(brokers) >= 40
    assert {b.covered_by for b in brokers.values()} >= {"beenverified", "intelius"}
    # No recipe was ever tried on the real sites, so none is shipped.
    assert not [b.key for b in brokers.values() if b.sight is Sight.SITE or b.form]


def test_a_second_sync_changes_nothing(services: Services) -> None:
    assert services.brokers.sync() == 21
    assert services.brokers.sync() == 0


def test_syncs_at_once_write_each_broker_once(
    database: Database, clock: HandClock, settings: Settings
) -> None:
    file = settings.broker_registry_file
    changes = at_once(lambda _: Brokers(database, clock, file).sync(), 4, threads=4)
    assert sorted(changes) == [0, 0, 0, 21]


def test_what_changed_is_updated_and_what_is_gone_is_retired(
    database: Database, clock: HandClock, settings: Settings
) -> None:
    file = settings.broker_registry_file
    assert file is not None
    brokers = Brokers(database, clock, file)
    brokers.sync()
    entries = yaml.safe_load(file.read_text())
    renamed = [dict(e, name="Renamed") if e["key"] == "swift" else e for e in entries]
    file.write_text(yaml.safe_dump([e for e in renamed if e["key"] != "silent"]))
    assert brokers.sync() == 2
    with database.transaction() as session:
        swift, silent = (session.get_one(BrokerRow, key) for key in ("swift", "silent"))
        assert (swift.name, swift.facts["name"]) == ("Renamed", "Renamed")
        assert silent.retired_at is not None
    file.write_text(yaml.safe_dump(entries))
    assert brokers.sync() == 2
    with database.transaction() as session:
        retired = select(func.count()).where(BrokerRow.retired_at.is_not(None))
        assert session.execute(retired).scalar_one() == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- {key: a, name: A}", "entry 0.domain"),
        ("key: [", "cannot be read"),
        ("{}", "is wrong"),
    ],
)
def test_a_wrong_registry_is_refused_and_nothing_changed(
    database: Database, clock: HandClock, tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    with pytest.raises(Misconfigured, match=says):
        Brokers(database, clock, file).sync()
    with database.transaction() as session:
        assert session.execute(select(func.count()).select_from(BrokerRow)).scalar_one() == 0


def test_a_registry_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="nowhere"):
        load_registry(tmp_path / "nowhere.yaml")
