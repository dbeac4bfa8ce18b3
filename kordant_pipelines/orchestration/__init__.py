"""Dagster's side: definitions, jobs, sensors, schedules, resources and the run engine.

The only layer that imports Dagster. Ops and sensors are thin: they read, call a service or a rule,
and return its result. No module here uses `from __future__ import annotations`: it breaks the
annotations Dagster reads.
"""
