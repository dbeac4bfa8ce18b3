"""The sensor that keeps partitions in step with subscriptions."""

from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    SensorResult,
    SkipReason,
    build_sensor_context,
)

from kordant_pipelines.orchestration.jobs.darkwatch_scan import darkwatch_scan
from kordant_pipelines.orchestration.partitions import SUBSCRIPTIONS
from kordant_pipelines.orchestration.sensors.subscription_changes import (
    subscription_changes_sensor,
)
from kordant_pipelines.services.container import Services
from kordant_pipelines_tests.services.looking import subscribe


class _Ticks:
    """Evaluates the sensor as the daemon does: cursor kept, partition requests carried out."""

    def __init__(self, instance: DagsterInstance, services: Services) -> None:
        self._instance = instance
        self._services = services
        self._cursor: str | None = None

    def tick(self) -> SensorResult | SkipReason:
        context = build_sensor_context(self._instance, cursor=self._cursor)
        result = subscription_changes_sensor(context, services=self._services)
        assert isinstance(result, SensorResult | SkipReason)
        if isinstance(result, SensorResult):
            self._cursor = result.cursor
            for request in result.dynamic_partitions_requests or ():
                keys = list(request.partition_keys)
                if type(request).__name__ == "AddDynamicPartitionsRequest":
                    self._instance.add_dynamic_partitions(SUBSCRIPTIONS, keys)
                else:
                    for key in keys:
                        self._instance.delete_dynamic_partition(SUBSCRIPTIONS, key)
        return result

    def partitions(self) -> set[str]:
        return set(self._instance.get_dynamic_partitions(SUBSCRIPTIONS))


def test_partitions_follow_the_subscriptions(instance: DagsterInstance, services: Services) -> None:
    ticks = _Ticks(instance, services)
    assert isinstance(ticks.tick(), SkipReason)
    first = subscribe(services.subscriptions, "one@example.com")
    second = subscribe(services.subscriptions, "two@example.com")
    ticks.tick()
    assert ticks.partitions() == {first, second}
    services.subscriptions.cancel(first)
    ticks.tick()
    assert ticks.partitions() == {second}
    assert isinstance(ticks.tick(), SkipReason)


def test_a_tick_repeated_after_a_crash_changes_nothing(
    instance: DagsterInstance, services: Services
) -> None:
    subscription = subscribe(services.subscriptions, "one@example.com")
    _Ticks(instance, services).tick()
    again = _Ticks(instance, services)  # its cursor was never stored
    result = again.tick()
    assert isinstance(result, SensorResult)
    assert result.dynamic_partitions_requests == []
    assert again.partitions() == {subscription}


def test_a_partition_stays_until_its_run_has_ended(
    instance: DagsterInstance, services: Services
) -> None:
    ticks = _Ticks(instance, services)
    subscription = subscribe(services.subscriptions, "one@example.com")
    ticks.tick()
    run = instance.create_run_for_job(
        darkwatch_scan,
        status=DagsterRunStatus.STARTED,
        tags={"dagster/partition": subscription},
    )
    services.subscriptions.cancel(subscription)
    ticks.tick()
    assert ticks.partitions() == {subscription}
    instance.report_run_failed(run)
    ticks.tick()
    assert ticks.partitions() == set()
