"""Philadelphia's Carto account, as its clients see it."""
