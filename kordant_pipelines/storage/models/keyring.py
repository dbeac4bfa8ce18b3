"""Which keyring the database belongs to."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kordant_pipelines.storage.models.base import Base, Index


class KeyringRow(Base):
    """One row: a digest under the keyring's index root, which tells keyrings apart."""

    __tablename__ = "keyring"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[Index]
