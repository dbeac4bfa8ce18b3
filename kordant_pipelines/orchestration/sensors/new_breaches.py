"""Real-time monitoring: a breach that becomes known owes Premium a scan now."""

import asyncio

from dagster import (
    DefaultSensorStatus,
    ResourceParam,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from kordant_pipelines.orchestration.failures import shield
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.darkwatch.sources import LookupFailed


@sensor(
    name="calendar_new_breaches_sensor",
    minimum_interval_seconds=15,
    default_status=DefaultSensorStatus.RUNNING,
    description=(
        "Follows HIBP's newest breach (no key, no quota). When the breach catalogue has changed, "
        "every Premium subscription is owed a scan at once, ahead of the queue."
    ),
)
def new_breaches_sensor(
    context: SensorEvaluationContext, services: ResourceParam[Services]
) -> SensorResult | SkipReason:
    """One tick: look at the newest breach, refresh the catalogue if it is new, owe the scans."""
    with shield():
        try:
            version = asyncio.run(services.catalogue.follow())
        except LookupFailed as failed:
            return SkipReason(f"HIBP's newest breach was not read ({failed.reason}).")
        if version is None:
            return SkipReason("There is no catalogue yet.")
        if context.cursor == str(version):
            return SkipReason(f"Nothing new: the catalogue is at version {version}.")
        owed = services.calendar.events.owe_breach(version)
    return SensorResult(
        cursor=str(version),
        skip_reason=f"The catalogue is at version {version}: {owed} Premium scans are owed now.",
    )
