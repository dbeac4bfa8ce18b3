"""The DarkWatch scan of one subscription."""

from dagster import (
    OpExecutionContext,
    ResourceParam,
    in_process_executor,
    job,
    op,
)

from kordant_pipelines.orchestration.failures import failure, shield
from kordant_pipelines.orchestration.metadata import scan_metadata
from kordant_pipelines.orchestration.partitions import subscription_partitions
from kordant_pipelines.orchestration.tags import label_run
from kordant_pipelines.services.container import Services


@op
def search_breaches(context: OpExecutionContext, services: ResourceParam[Services]) -> None:
    """Look the subscription's identifiers up; record what was found and what was not checked."""
    subscription_id = context.partition_key
    with shield():
        tier = services.subscriptions.tier_of(subscription_id)
        label_run(context, tier)
        report = services.darkwatch.scan(subscription_id, context.run_id)
    metadata = scan_metadata(report)
    context.log.info("DarkWatch of %s: %s", subscription_id, report.coverage.sentence())
    context.add_output_metadata(metadata)
    if not report.coverage.answered:
        raise failure(
            f"Not everything was checked: {report.coverage.sentence()}. What was checked is "
            "recorded; the rest is unknown and stays owed.",
            metadata=metadata,
            may_be_retried=report.retryable,
        )


@job(partitions_def=subscription_partitions, executor_def=in_process_executor)
def darkwatch_scan() -> None:
    """Search known breaches for the identifiers one subscription watches.

    **Partition**: the subscription. **Success** means that every lookup owed was answered, or
    cannot have changed since it was; what no source tells is counted as *uncovered*, not as clean.
    **Failure** means that some were not, or that
    nothing may run for the subscription; the run's metadata says which and why. Running it again
    is safe: nothing is recorded, alerted or notified twice.
    """
    search_breaches()
