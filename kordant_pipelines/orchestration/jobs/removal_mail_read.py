"""Upkeep: the mailbox that data brokers answer to."""

from dagster import OpExecutionContext, ResourceParam, in_process_executor, job, op

from kordant_pipelines.orchestration.failures import failure, shield
from kordant_pipelines.orchestration.metadata import trouble_metadata
from kordant_pipelines.providers.errors import PermanentProviderError, ProviderError
from kordant_pipelines.services.container import Services


@op
def read_removal_mail(context: OpExecutionContext, services: ResourceParam[Services]) -> None:
    """Read what brokers wrote since last time, and match it to the requests it answers."""
    with shield():
        try:
            report = services.removal_inbox.read(context.run_id)
        except ProviderError as error:
            raise failure(
                f"The removals mailbox was not read ({error.code.value}); until it is, no broker "
                "is called late.",
                may_be_retried=not isinstance(error, PermanentProviderError),
            ) from None
        troubles = services.brokers.troubles()
    context.add_output_metadata(
        {
            "mails": report.mails,
            "matched to a request": report.matched,
            "busy": report.busy,
            **trouble_metadata(troubles),
        }
    )


@job(executor_def=in_process_executor)
def removal_mail_read() -> None:
    """Read the mailbox that data brokers answer to.

    Confirmation links, acknowledgements, refusals and the rest are matched to their requests by
    reference code; what that makes due is done by the subscription's next run. Each run also shows
    the *troubles*: brokers that shut us out or changed, for all customers together. Without a
    mailbox (KORDANT_REMOVALS_ADDRESS and the URLs beside it) there is nothing to read.
    """
    read_removal_mail()
