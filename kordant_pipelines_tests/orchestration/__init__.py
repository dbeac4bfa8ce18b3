"""Dagster's side, on real instances: jobs, sensors, storages, launcher."""
