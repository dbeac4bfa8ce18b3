"""Sending what is owed to one subscription's owner."""

from dagster import (
    MetadataValue,
    OpExecutionContext,
    ResourceParam,
    in_process_executor,
    job,
    op,
)

from kordant_pipelines.orchestration.failures import failure, shield
from kordant_pipelines.orchestration.metadata import Shown
from kordant_pipelines.orchestration.partitions import subscription_partitions
from kordant_pipelines.orchestration.tags import label_run
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.notifications.notifications import SendReport


@op
def send_notifications(context: OpExecutionContext, services: ResourceParam[Services]) -> None:
    """Send what may go now; settle what is in doubt; leave the rest owed, with when and why."""
    subscription_id = context.partition_key
    with shield():
        label_run(context, services.subscriptions.tier_of(subscription_id))
        report = services.notifications.send(subscription_id, context.run_id)
    metadata = send_metadata(report)
    context.log.info("Notifications of %s: %s", subscription_id, report.sentence())
    context.add_output_metadata(metadata)
    if report.blocked:
        raise failure(
            f"Nothing goes out until someone mends {', '.join(report.blocked)}. What was not sent "
            "stays owed and is tried again hourly.",
            metadata=metadata,
            may_be_retried=False,
        )


def send_metadata(report: SendReport) -> dict[str, Shown]:
    """A run's counts, by what became of messages and why."""
    counts = {
        "notifications rendered": report.rendered,
        "notifications dropped": report.dropped,
        **{f"messages {what}": count for what, count in report.messages.items()},
        **{f"waiting: {why}": count for why, count in report.waiting.items()},
        **{f"not sent: {why}": count for why, count in report.reasons.items()},
    }
    return {
        "outcome": MetadataValue.text(report.sentence()),
        **{name: MetadataValue.int(count) for name, count in counts.items()},
    }


@job(partitions_def=subscription_partitions, executor_def=in_process_executor)
def notifications_send() -> None:
    """Tell one subscription's owner what is owed: alerts, reports that are ready, messages.

    **Partition**: the subscription. **Success** means that every message due was sent, or has its
    next moment: after quiet hours, with the digest, when its provider said, or when its provider is
    to be asked what became of it. A channel that is not configured is counted as *waiting*.
    **Failure** means that a provider refuses us altogether (a key, a plan, a sender), or that
    nothing may run for the subscription. Running it again is safe: nothing is sent twice.
    """
    send_notifications()
