"""The web server: Dagster's UI and GraphQL, the admin's part of the schema, and the lock."""
