"""When the removals mailbox is read."""

from dagster import DefaultScheduleStatus, ScheduleDefinition

from kordant_pipelines.orchestration.jobs.removal_mail_read import removal_mail_read

removal_mail_schedule = ScheduleDefinition(
    name="removal_mail_schedule",
    job=removal_mail_read,
    cron_schedule="4-59/10 * * * *",
    execution_timezone="UTC",
    default_status=DefaultScheduleStatus.RUNNING,
    description="Read what data brokers wrote, every ten minutes.",
)
