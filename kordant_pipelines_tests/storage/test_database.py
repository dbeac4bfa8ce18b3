"""Transactions are whole, and errors do not quote what they were given."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from kordant_pipelines.storage.database import (
    Database,
    DatabaseUnreachable,
    violated_constraint,
)
from kordant_pipelines.storage.models import UserRow

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def _user(identifier: str, zone: str = "UTC") -> UserRow:
    return UserRow(
        id=identifier,
        name_sealed=b"sealed",
        locale="en-US",
        time_zone=zone,
        wrapped_key=b"key",
        master_key_id="k1",
        created_at=NOW,
    )


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    def fail_after_writing() -> None:
        with database.transaction() as session:
            session.add(_user("usr_1"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_writing()
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(UserRow)) == 0


def test_statements_values_are_not_in_errors(database: Database) -> None:
    user = _user("usr_1", zone="x" * 30 + "secret@example.com" + "x" * 60)
    with pytest.raises(DBAPIError) as refused, database.transaction() as session:
        session.add(user)
    assert "secret@example.com" not in str(refused.value)


def test_the_violated_constraint_is_named(database: Database) -> None:
    with database.transaction() as session:
        session.add(_user("usr_1"))
    with pytest.raises(IntegrityError) as refused, database.transaction() as session:
        session.add(_user("usr_1"))
    assert violated_constraint(refused.value) == "pk_users"


def test_a_value_outside_an_enumeration_is_refused_by_the_database(database: Database) -> None:
    insert = text(
        "INSERT INTO change_log (subscription_id, change, changed_at) "
        "VALUES ('sub_1', 'renamed', now())"
    )
    with (
        pytest.raises(DBAPIError, match="ck_change_log_change"),
        database.connection() as connection,
    ):
        connection.execute(insert)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg2://kordant:s3cret@127.0.0.1:1/kordant",
        "postgresql+psycopg2://kordant:s3cret@127.0.0.1:1/kordant?no_such_option=1",
    ],
)
def test_a_database_that_cannot_be_used_is_named_wherever_that_shows(url: str) -> None:
    """In a run as at the start: the driver's own error would be withheld from Dagster."""
    database = Database(url)

    def use() -> None:
        with database.transaction() as session:
            session.execute(text("SELECT 1"))

    with pytest.raises(DatabaseUnreachable, match=r"127\.0\.0\.1:1/kordant") as refused:
        use()
    assert "s3cret" not in str(refused.value)
