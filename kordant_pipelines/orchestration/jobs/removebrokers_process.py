"""The removal requests of one subscription."""

from dagster import (
    OpExecutionContext,
    ResourceParam,
    in_process_executor,
    job,
    op,
)

from kordant_pipelines.orchestration.failures import failure, shield
from kordant_pipelines.orchestration.metadata import removal_metadata
from kordant_pipelines.orchestration.partitions import subscription_partitions
from kordant_pipelines.orchestration.tags import label_run
from kordant_pipelines.services.container import Services


@op
def work_on_removals(context: OpExecutionContext, services: ResourceParam[Services]) -> None:
    """Take every step that is due in the subscription's requests to data brokers."""
    subscription_id = context.partition_key
    with shield():
        tier = services.subscriptions.tier_of(subscription_id)
        label_run(context, tier)
        report = services.remove_brokers.process(subscription_id, context.run_id)
    metadata = removal_metadata(report)
    context.log.info("RemoveBrokers for %s: %s", subscription_id, report.sentence())
    context.add_output_metadata(metadata)
    if report.must_act:
        raise failure(
            f"Something needs a person: {report.sentence()}. The rest is done and recorded; what "
            "failed is tried again at its own time.",
            metadata=metadata,
            may_be_retried=False,
        )


@job(partitions_def=subscription_partitions, executor_def=in_process_executor)
def removebrokers_process() -> None:
    """Work on one subscription's requests to data brokers: look, ask, confirm, verify, escalate.

    **Partition**: the subscription. **Success** means that every step that was due was taken, or
    has its next time; what no broker could be asked is counted as *not checked*, not as removed.
    **Failure** means that something needs a person (a broker's page changed or shut us out, an
    address does not exist, the mailbox refused us), or that nothing may run for the subscription;
    the run's metadata says which. Running it again is safe: nothing is sent twice, and only a look
    at the broker's own pages makes a request *removed*.
    """
    work_on_removals()
