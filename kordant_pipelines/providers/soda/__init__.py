"""SODA, the query API of open-data portals on Socrata; ACRIS and Cook County speak it."""
