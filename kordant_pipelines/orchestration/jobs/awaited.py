"""Jobs whose handler is not part of this version: they are owed, and wait for it.

Their schedules open periods as all do, so what a subscription is owed is on record from the first
day. The dispatcher launches none of them; launched by hand, one fails and says why. When a handler
comes, each subscription has one run, however long it waited.
"""

from dagster import JobDefinition, OpExecutionContext, in_process_executor, job, op

from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.orchestration.failures import failure
from kordant_pipelines.orchestration.partitions import subscription_partitions


def awaited_job(which: Job) -> JobDefinition:
    """The job as far as it is known: its name, and that nothing does its work yet."""

    @op(name=f"await_{which.value.partition('_')[0]}")
    def refuse(context: OpExecutionContext) -> None:
        """Do nothing, and say so."""
        raise failure(
            f"{which.value} is not part of this version: nothing was done for "
            f"{context.partition_key}. It stays owed.",
            may_be_retried=False,
        )

    @job(
        name=which.value,
        partitions_def=subscription_partitions,
        executor_def=in_process_executor,
        description="**Not part of this version.** What is owed of it waits in the calendar.",
    )
    def awaited() -> None:
        refuse()

    return awaited
