"""The removal requests of one subscription."""

from dagster import (
    OpExecutionContext,
    ResourceParam,
    in_process_executor,
    job,
    op,
)

from kordant_pipelines.orchestration.failures import shield
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


@job(partitions_def=subscription_partitions, executor_def=in_process_executor)
def removebrokers_process() -> None:
    """Work on one subscription's requests to data brokers: look, ask, confirm, verify, escalate.

    **Partition**: the subscription. **Success** means that every step that was due was taken, or
    has its next time; what no broker could be asked is counted as *not checked*, not as removed.
    What stands between us and a broker (its page changed or shut us out, its address does not
    exist) is kept once for all customers: `kordant brokers troubles`, and the runs of
    `removal_mail_read`. **Failure** means that nothing may run for the subscription, or that
    something broke. Running it again is safe: nothing is sent twice, and only our own look at the
    broker's pages makes a request *removed*.
    """
    work_on_removals()
