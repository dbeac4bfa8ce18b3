"""/healthz, asked over real HTTP while programs start, run, restart and stop."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx

from kordant_pipelines.cli.system import free_port
from kordant_pipelines.runtime.child import Child
from kordant_pipelines.runtime.health import Health, health_served
from kordant_pipelines.runtime.supervisor import Backoff
from kordant_pipelines_tests.runtime.helpers import program
from kordant_pipelines_tests.runtime.supervised import UNTIL_TERM, Run, talker

HOST = "127.0.0.1"


def _served(
    ask: Callable[[], Awaitable[Health]], then: Callable[[str], Awaitable[None]]
) -> Callable[[], Awaitable[None]]:
    async def serve() -> None:
        port = free_port(HOST, 0, setting="KORDANT_HEALTH_PORT")
        with health_served(HOST, port, ask):
            await then(f"http://{HOST}:{port}")

    return serve


async def _get(url: str) -> tuple[int, dict[str, object]]:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(url)
        return answer.status_code, answer.json()


def test_ready_means_that_every_part_runs_and_answers() -> None:
    answers = True

    async def probe() -> bool:
        return answers

    part = Child(name="part", argv=program(UNTIL_TERM), ready=probe, stop_timeout=5)
    run = Run([part], [talker("other")])

    async def ask(url: str) -> None:
        nonlocal answers
        fine = {"ready": True, "stopping": False, "parts": {"part": "running", "other": "running"}}
        assert await _get(f"{url}/healthz") == (200, fine)
        assert await _get(f"{url}/healthz/ready") == (200, fine)
        answers = False
        hangs = {"part": "not answering", "other": "running"}
        told = {"ready": False, "stopping": False, "parts": hangs}
        assert await _get(f"{url}/healthz") == (503, told)
        assert await _get(f"{url}/healthz/live") == (200, told)
        status, _ = await _get(f"{url}/anything")
        assert status == 404

    assert run(_served(run.supervisor.health, ask)) == 0


def test_a_part_that_starts_again_is_not_ready() -> None:
    dies = talker("dies", 'import time; print("up", flush=True); time.sleep(0.2)', restart=True)
    run = Run([dies], backoff=Backoff(first=60))

    async def ask(url: str) -> None:
        await run.until("kordant", "it starts again")
        assert await _get(f"{url}/healthz") == (
            503,
            {"ready": False, "stopping": False, "parts": {"dies": "restarting"}},
        )

    assert run(_served(run.supervisor.health, ask)) == 0


def test_what_has_not_started_yet_is_told_apart() -> None:
    asked = asyncio.Event()
    seen: list[dict[str, object]] = []

    async def later() -> bool:
        if not seen:
            seen.append(dict((await run.supervisor.health()).parts))
            asked.set()
        return True

    run = Run([Child(name="a", argv=program(UNTIL_TERM), ready=later)], [talker("b")])
    assert run() == 0
    assert seen == [{"a": "starting", "b": "not started"}]
