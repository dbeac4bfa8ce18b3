"""Run tags of our own: what the UI and the admin panel filter by."""

from collections.abc import Mapping

from dagster import OpExecutionContext

from kordant_pipelines.domain.subscriptions import Tier

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


def label_run(context: OpExecutionContext, tier: Tier) -> None:
    """Put the tier and the reason on the run, however it was launched, where they are missing."""
    tags = context.run.tags
    labels = {TIER: tier.value, REASON: tags.get(REASON, reason_of(tags))}
    if any(tags.get(key) != value for key, value in labels.items()):
        context.instance.add_run_tags(context.run_id, labels)
