"""`kordant demo`: the whole system on invented providers and customers."""
