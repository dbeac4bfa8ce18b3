"""Run tags: what the UI and the panel filter by, and how a run is tied to what owed it."""

from collections.abc import Mapping, Sequence

from dagster import OpExecutionContext

from kordant_pipelines.domain.calendar.owed import Owed
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.telemetry.logs import get_log

_log = get_log("runs")

TIER = "kordant/tier"
REASON = "kordant/reason"
NEEDS_OPERATOR = "kordant/needs_operator"
OWED = "kordant/owed"
SLOT = "kordant/slot"
ATTEMPT = "kordant/attempt"
PARTITION = "dagster/partition"
PARTITION_SET = "dagster/partition_set"
PRIORITY = "dagster/priority"
ROOT_RUN = "dagster/root_run_id"
PARENT_RUN = "dagster/parent_run_id"


def owed_tags(owed: Owed) -> dict[str, str]:
    """The tags of the run that is owed."""
    tags = {
        OWED: owed.key,
        SLOT: owed.slot,
        TIER: owed.tier.value,
        REASON: owed.reason.value,
        PRIORITY: str(owed.priority),
        # Given as a tag too, the partition is not looked up: a query a run, which would bound a
        # tick to some thousands. The dispatcher has just seen that the subscription is active.
        PARTITION: owed.subscription_id,
        PARTITION_SET: partition_set(owed.job.value),
    }
    if owed.attempt:
        tags[ATTEMPT] = str(owed.attempt)
    if owed.root_run_id and owed.parent_run_id:
        tags |= {ROOT_RUN: owed.root_run_id, PARENT_RUN: owed.parent_run_id}
    return tags


def partition_set(job: str) -> str:
    """The tag without which the job's partitions page does not count a run."""
    return f"{job}_partition_set"


def reason_of(tags: Mapping[str, str]) -> str:
    """Why a run exists, if whoever launched it did not say: by what Dagster says of its origin."""
    if "dagster/backfill" in tags:
        return "backfill"
    if "dagster/schedule_name" in tags:
        return "scheduled"
    if "dagster/sensor_name" in tags:
        return "sensor"
    if PARENT_RUN in tags:
        return "re-executed"
    return "manual"


def label_run(context: OpExecutionContext, tier: Tier) -> None:
    """Put on the run, however it was launched, what the UI and the panel filter it by."""
    tags = context.run.tags
    labels = {
        TIER: tier.value,
        REASON: tags.get(REASON, reason_of(tags)),
        PARTITION_SET: partition_set(context.job_name),
    }
    _log.info(
        "run_began",
        run_id=context.run_id,
        job=context.job_name,
        subscription=tags.get(PARTITION),
        tier=tier.value,
    )
    if any(tags.get(key) != value for key, value in labels.items()):
        context.instance.add_run_tags(context.run_id, labels)


def flag_for_operator(context: OpExecutionContext, reasons: Sequence[str]) -> None:
    """Say on the run, and aloud in its log, what only a person can mend. `reasons` are codes."""
    said = ", ".join(reasons)
    context.log.error("An operator must act: %s", said)
    context.instance.add_run_tags(context.run_id, {NEEDS_OPERATOR: said})
