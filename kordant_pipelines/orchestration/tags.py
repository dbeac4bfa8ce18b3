"""Run tags of our own: what the UI and the admin panel filter by."""

from collections.abc import Mapping

from dagster import OpExecutionContext

from kordant_pipelines.domain.subscriptions import Tier

TIER = "kordant/tier"
REASON = "kordant/reason"
SLOT = "kordant/slot"
PARTITION_SET = "dagster/partition_set"


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
    """Put on the run, however it was launched, what the UI and the panel filter it by."""
    tags = context.run.tags
    labels = {
        TIER: tier.value,
        REASON: tags.get(REASON, reason_of(tags)),
        # Without it the job's partitions page does not count the run.
        PARTITION_SET: f"{context.job_name}_partition_set",
    }
    if any(tags.get(key) != value for key, value in labels.items()):
        context.instance.add_run_tags(context.run_id, labels)
