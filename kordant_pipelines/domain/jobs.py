"""The jobs that run for a subscription."""

from enum import StrEnum


class Job(StrEnum):
    """One a handler; the value is the Dagster job's name."""

    DARKWATCH = "darkwatch_scan"
    HOMETITLE = "hometitle_scan"
    REPORTS = "reports_generate"
    VOICEPRINT = "voiceprint_batch"
    REMOVALS = "removebrokers_process"
    NOTIFICATIONS = "notifications_send"
