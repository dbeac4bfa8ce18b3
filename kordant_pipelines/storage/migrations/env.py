"""Alembic's entry: runs migrations on the connection `storage.migrate` hands over."""

from alembic import context

from kordant_pipelines.storage.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
