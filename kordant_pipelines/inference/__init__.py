"""Listening: from a recording's bytes to embeddings and scores. Knows no customer."""
