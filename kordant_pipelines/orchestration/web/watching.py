"""The health check in the web server: a sensor cannot tell that its own daemon is gone."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from kordant_pipelines.orchestration.run_record import DagsterRunRecord
from kordant_pipelines.services.container import Services
from kordant_pipelines.telemetry.logs import get_log

EVERY_SECONDS = 30.0
_log = get_log("health")


def watching(
    services: Services, record: DagsterRunRecord, *, every: float = EVERY_SECONDS
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """A lifespan during which the system is looked after."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        task = asyncio.create_task(_watch(services, record, every))
        try:
            yield
        finally:
            task.cancel()

    return lifespan


async def _watch(services: Services, record: DagsterRunRecord, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        try:
            await run_in_threadpool(_check, services, record)
        except Exception as error:  # noqa: BLE001 - the watch must outlive what it watches
            _log.warning("health_check_failed", exc_info=error)


def _check(services: Services, record: DagsterRunRecord) -> None:
    services.monitoring.health.check(record)
    services.monitoring.notices.send()
