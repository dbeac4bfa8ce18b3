"""The client of the commands: what did not answer as it should is told apart, for it differs.

A connection that was refused did nothing; an answer that never came may have.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from socket import socket
from threading import Thread

import pytest

from kordant_pipelines.cli.graphql_client import GraphqlClient
from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.sandbox.serve import Sandbox


def _refusal(url: str) -> str:
    async def ask() -> None:
        async with GraphqlClient(url, None, seconds=0.3) as client:
            await client.ask("run_job_now", "runJobNow", {})

    with pytest.raises(Misconfigured) as refused:
        asyncio.run(ask())
    return str(refused.value)


@contextmanager
def _listening() -> Generator[tuple[str, socket]]:
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", listener


def test_where_nobody_listens_nothing_was_done() -> None:
    with _listening() as (url, _):
        pass
    assert _refusal(url).startswith(f"Nobody listens at {url}.")


def test_an_answer_that_does_not_come_in_time_may_hide_a_deed() -> None:
    with _listening() as (url, _):  # connections wait, and nobody takes them
        said = _refusal(url)
    assert f"{url} did not answer within 0.3 s" in said
    assert "may have been done or not" in said


def test_an_answer_that_is_broken_off_may_hide_a_deed() -> None:
    with _listening() as (url, listener):
        hang_up = Thread(target=lambda: listener.accept()[0].close())
        hang_up.start()
        said = _refusal(url)
        hang_up.join()
    assert "broke off before it answered" in said
    assert "may have been done or not" in said


def test_another_web_server_is_told_apart(sandbox: Sandbox) -> None:
    assert _refusal(sandbox.url).startswith(
        f"What answers at {sandbox.url} is not Kordant's web server (HTTP 404)."
    )
