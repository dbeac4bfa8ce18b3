"""The code location, whole: read it as a table of contents."""

from collections.abc import Mapping

from dagster import Definitions

from kordant_pipelines.orchestration.jobs.breach_catalogue_refresh import breach_catalogue_refresh
from kordant_pipelines.orchestration.jobs.darkwatch_scan import darkwatch_scan
from kordant_pipelines.orchestration.jobs.removal_mail_read import removal_mail_read
from kordant_pipelines.orchestration.jobs.removebrokers_process import removebrokers_process
from kordant_pipelines.orchestration.resources import default_resources
from kordant_pipelines.orchestration.schedules.breach_catalogue import breach_catalogue_schedule
from kordant_pipelines.orchestration.schedules.removal_mail import removal_mail_schedule
from kordant_pipelines.orchestration.sensors.subscription_changes import (
    subscription_changes_sensor,
)


def build_defs(resources: Mapping[str, object] | None = None) -> Definitions:
    """The definitions, with other resources where a test brings its own."""
    return Definitions(
        jobs=[
            darkwatch_scan,
            removebrokers_process,
            breach_catalogue_refresh,
            removal_mail_read,
        ],
        schedules=[breach_catalogue_schedule, removal_mail_schedule],
        sensors=[subscription_changes_sensor],
        resources=resources or default_resources(),
    )


defs = build_defs()
