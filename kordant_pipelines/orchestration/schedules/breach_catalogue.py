"""When the breach catalogue is refreshed."""

from dagster import DefaultScheduleStatus, ScheduleDefinition

from kordant_pipelines.orchestration.jobs.breach_catalogue_refresh import breach_catalogue_refresh

breach_catalogue_schedule = ScheduleDefinition(
    name="breach_catalogue_schedule",
    job=breach_catalogue_refresh,
    cron_schedule="7,37 * * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Refresh the breach catalogue twice an hour, off the full hour.",
)
