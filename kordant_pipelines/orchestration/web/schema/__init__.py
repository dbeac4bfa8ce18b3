"""The admin's part of the GraphQL schema, beside Dagster's own and in its style."""
