"""The report of one subscription and period."""

from dagster import (
    Config,
    OpExecutionContext,
    ResourceParam,
    in_process_executor,
    job,
    op,
)
from pydantic import Field

from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.orchestration.failures import failure, shield
from kordant_pipelines.orchestration.metadata import report_metadata
from kordant_pipelines.orchestration.partitions import subscription_partitions
from kordant_pipelines.orchestration.tags import SLOT, label_run
from kordant_pipelines.services.container import Services


class ReportConfig(Config):
    """Which report."""

    period: str = Field(
        default="",
        description="Period in which it is generated, telling of the one before: 2026-11 for Plus, "
        "2026-W48 for Premium. Empty: the one the run is owed for, or else the present one.",
    )


@op
def generate_report(
    context: OpExecutionContext, config: ReportConfig, services: ResourceParam[Services]
) -> None:
    """Gather, compile and render the report; store it encrypted, record it, owe the news of it."""
    subscription_id = context.partition_key
    with shield():
        label_run(context, services.subscriptions.tier_of(subscription_id))
        try:
            generated = services.reports.generate(
                subscription_id, context.run_id, config.period, slot=context.run.tags.get(SLOT)
            )
        except RefusedInput as refused:  # quotes ids and the run's own config only
            raise failure(str(refused), may_be_retried=False) from None
    context.add_output_metadata(report_metadata(generated))


@job(partitions_def=subscription_partitions, executor_def=in_process_executor)
def reports_generate() -> None:
    """Generate one subscription's report: Plus by the month, Premium by the week.

    **Partition**: the subscription. The report tells of the period before the one in which it is
    generated, as things stood at its end, and of what could not be checked. **Success** means that
    the report is there; one that was there already is left as it is, so running it again is safe.
    **Failure** means that the tier has no report, nothing may run for the subscription, or its
    document could not be stored: then nothing is recorded, and a later try begins anew.
    """
    generate_report()
