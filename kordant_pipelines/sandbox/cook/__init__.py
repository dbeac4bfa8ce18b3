"""Cook County's open data, as its clients see it."""
