"""What the jobs do, in transactions: one folder or module a task. Knows nothing of Dagster."""
