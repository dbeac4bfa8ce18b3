"""The rules on their own: examples where a table says it best, properties where a law does."""
