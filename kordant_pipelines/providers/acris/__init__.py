"""NYC ACRIS: documents recorded in New York City, except Staten Island's, over SODA."""
