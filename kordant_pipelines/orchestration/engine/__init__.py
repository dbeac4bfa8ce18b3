"""How runs are stored, launched and executed: what dagster.yaml names, and the worker's app."""
