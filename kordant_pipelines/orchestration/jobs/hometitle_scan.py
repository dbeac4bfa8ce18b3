"""The HomeTitle scan of one subscription."""

from dagster import (
    OpExecutionContext,
    ResourceParam,
    in_process_executor,
    job,
    op,
)

from kordant_pipelines.orchestration.failures import failure, shield
from kordant_pipelines.orchestration.partitions import subscription_partitions
from kordant_pipelines.orchestration.tags import flag_for_operator, label_run
from kordant_pipelines.orchestration.title_metadata import title_metadata
from kordant_pipelines.services.container import Services


@op
def search_land_registers(context: OpExecutionContext, services: ResourceParam[Services]) -> None:
    """Ask the land registers about the subscription's properties; record what they hold."""
    subscription_id = context.partition_key
    with shield():
        tier = services.subscriptions.tier_of(subscription_id)
        label_run(context, tier)
        report = services.hometitle.scan(subscription_id, context.run_id)
    metadata = title_metadata(report)
    context.log.info("HomeTitle of %s: %s", subscription_id, report.sentence())
    context.add_output_metadata(metadata)
    if report.needs_operator:
        flag_for_operator(context, report.needs_operator)
    if not report.coverage.answered:
        raise failure(
            f"Not everything was checked: {report.sentence()}. What was checked is recorded; the "
            "rest is unknown and stays owed.",
            metadata=metadata,
            may_be_retried=report.retryable,
        )


@job(partitions_def=subscription_partitions, executor_def=in_process_executor)
def hometitle_scan() -> None:
    """Look for documents newly recorded against the properties one subscription watches.

    **Partition**: the subscription. **Success** means that the register of every property answered
    in full, or that none covers it, which is counted as *uncovered*, not as clean; the metadata say
    how many days each register is behind. A subscription without properties succeeds and says so.
    **Failure** means that one did not answer; the run's metadata says which and why. A run that
    carries the tag `kordant/needs_operator` met a refused key or a register whose schema changed:
    no retry mends that. Running it again is safe: nothing is recorded, alerted or notified twice.
    """
    search_land_registers()
