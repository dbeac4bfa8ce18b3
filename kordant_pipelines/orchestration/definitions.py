"""The code location, whole: read it as a table of contents."""

import warnings
from collections.abc import Mapping

from dagster import BetaWarning, Definitions

from kordant_pipelines.orchestration.jobs.breach_catalogue_refresh import breach_catalogue_refresh
from kordant_pipelines.orchestration.jobs.darkwatch_scan import darkwatch_scan
from kordant_pipelines.orchestration.jobs.hometitle_scan import hometitle_scan
from kordant_pipelines.orchestration.jobs.notifications_send import notifications_send
from kordant_pipelines.orchestration.jobs.removal_mail_read import removal_mail_read
from kordant_pipelines.orchestration.jobs.removebrokers_process import removebrokers_process
from kordant_pipelines.orchestration.jobs.reports_generate import reports_generate
from kordant_pipelines.orchestration.jobs.voiceprint_batch import voiceprint_batch
from kordant_pipelines.orchestration.resources import default_resources
from kordant_pipelines.orchestration.schedules.breach_catalogue import breach_catalogue_schedule
from kordant_pipelines.orchestration.schedules.removal_mail import removal_mail_schedule
from kordant_pipelines.orchestration.schedules.tiers import tier_schedules
from kordant_pipelines.orchestration.sensors.calendar_upkeep import calendar_upkeep_sensor
from kordant_pipelines.orchestration.sensors.dispatch import dispatch_sensor
from kordant_pipelines.orchestration.sensors.health import health_sensor
from kordant_pipelines.orchestration.sensors.lost_runs import lost_runs_sensor
from kordant_pipelines.orchestration.sensors.new_breaches import new_breaches_sensor
from kordant_pipelines.orchestration.sensors.pending_work import pending_work_sensor
from kordant_pipelines.orchestration.sensors.run_outcomes import run_outcomes_sensor
from kordant_pipelines.orchestration.sensors.subscription_changes import (
    subscription_changes_sensor,
)

# Dagster passes its own beta parameter on when it binds an instigator's jobs, and warns of it.
warnings.filterwarnings("ignore", "Parameter `owners` of initializer", BetaWarning)


def build_defs(resources: Mapping[str, object] | None = None) -> Definitions:
    """The definitions, with other resources where a test brings its own."""
    return Definitions(
        jobs=[
            darkwatch_scan,
            hometitle_scan,
            reports_generate,
            voiceprint_batch,
            removebrokers_process,
            notifications_send,
            breach_catalogue_refresh,
            removal_mail_read,
        ],
        schedules=[
            *tier_schedules(darkwatch_scan),
            *tier_schedules(hometitle_scan),
            *tier_schedules(reports_generate),
            breach_catalogue_schedule,
            removal_mail_schedule,
        ],
        sensors=[
            subscription_changes_sensor,
            calendar_upkeep_sensor,
            new_breaches_sensor,
            pending_work_sensor(voiceprint_batch),
            pending_work_sensor(removebrokers_process),
            pending_work_sensor(notifications_send),
            dispatch_sensor(
                [
                    darkwatch_scan,
                    hometitle_scan,
                    voiceprint_batch,
                    reports_generate,
                    removebrokers_process,
                    notifications_send,
                ]
            ),
            run_outcomes_sensor,
            lost_runs_sensor,
            health_sensor,
        ],
        resources=resources or default_resources(),
    )


defs = build_defs()
