"""Upkeep: the breach catalogue."""

import asyncio

from dagster import OpExecutionContext, ResourceParam, in_process_executor, job, op

from kordant_pipelines.orchestration.failures import failure, shield
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.lookups import LookupFailed


@op
def fetch_breach_catalogue(context: OpExecutionContext, services: ResourceParam[Services]) -> None:
    """Fetch every breach HIBP knows, and store them as the present version."""
    with shield():
        try:
            state = asyncio.run(services.catalogue.refresh())
        except LookupFailed as failed:
            raise failure(
                f"HIBP's catalogue was not read ({failed.reason}); the one held stays in use, "
                "and scans look everything up once it is too old.",
                may_be_retried=not failed.permanent,
            ) from None
    context.add_output_metadata(
        {"version": state.version, "breaches": state.breaches, "changed": state.changed}
    )


@job(executor_def=in_process_executor)
def breach_catalogue_refresh() -> None:
    """Refresh the breach catalogue from HIBP (no key, no quota).

    A new version means that every e-mail address is looked up again at its next scan; while it
    stays the same, an address already checked against it costs no call.
    """
    fetch_breach_catalogue()
