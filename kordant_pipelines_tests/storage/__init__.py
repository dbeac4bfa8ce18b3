"""The schema and the engine, on a real Postgres."""
