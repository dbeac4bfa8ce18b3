"""Run tags of our own: what the UI and the admin panel filter by."""

from collections.abc import Mapping

TIER = "kordant/tier"
REASON = "kordant/reason"


def reason_of(tags: Mapping[str, str]) -> str:
    """Why a run exists, if whoever launched it did not say: by what Dagster says of its origin."""
    if "dagster/backfill" in tags:
        return "backfill"
    if "dagster/schedule_name" in tags:
        return "scheduled"
    if "dagster/sensor_name" in tags:
        return "sensor"
    if "dagster/parent_run_id" in tags:
        return "re-executed"
    return "manual"
