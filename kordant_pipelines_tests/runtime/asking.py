"""Questions to a running Postgres."""

from sqlalchemy import create_engine, text

from kordant_pipelines.runtime.postgres import EmbeddedPostgres


def one(postgres: EmbeddedPostgres, question: str, database: str = "postgres") -> str:
    engine = create_engine(postgres.url(database))
    try:
        with engine.connect() as link:
            return str(link.execute(text(question)).scalar_one())
    finally:
        engine.dispose()


def pid_of(postgres: EmbeddedPostgres) -> int:
    return int((postgres.layout.postgres_data / "postmaster.pid").read_text().splitlines()[0])
