"""When a subscription is owed a run: cadences by tier, periods, due times, what came of a run."""
