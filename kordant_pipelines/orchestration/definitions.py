"""The code location, whole: read it as a table of contents."""

import warnings
from collections.abc import Mapping

from dagster import BetaWarning, Definitions

from kordant_pipelines.orchestration.jobs.breach_catalogue_refresh import breach_catalogue_refresh
from kordant_pipelines.orchestration.jobs.darkwatch_scan import darkwatch_scan
from kordant_pipelines.orchestration.resources import default_resources
from kordant_pipelines.orchestration.schedules.breach_catalogue import breach_catalogue_schedule
from kordant_pipelines.orchestration.schedules.tiers import tier_schedules
from kordant_pipelines.orchestration.sensors.calendar_upkeep import calendar_upkeep_sensor
from kordant_pipelines.orchestration.sensors.dispatch import dispatch_sensor
from kordant_pipelines.orchestration.sensors.lost_runs import lost_runs_sensor
from kordant_pipelines.orchestration.sensors.new_breaches import new_breaches_sensor
from kordant_pipelines.orchestration.sensors.run_outcomes import run_outcomes_sensor
from kordant_pipelines.orchestration.sensors.subscription_changes import (
    subscription_changes_sensor,
)

# Dagster passes its own beta parameter on when it binds an instigator's jobs, and warns of it.
warnings.filterwarnings("ignore", "Parameter `owners` of initializer", BetaWarning)


def build_defs(resources: Mapping[str, object] | None = None) -> Definitions:
    """The definitions, with other resources where a test brings its own."""
    return Definitions(
        jobs=[darkwatch_scan, breach_catalogue_refresh],
        schedules=[
            *tier_schedules(darkwatch_scan),
            breach_catalogue_schedule,
        ],
        sensors=[
            subscription_changes_sensor,
            calendar_upkeep_sensor,
            new_breaches_sensor,
            dispatch_sensor([darkwatch_scan]),
            run_outcomes_sensor,
            lost_runs_sensor,
        ],
        resources=resources or default_resources(),
    )


defs = build_defs()
