"""`kordant up`: the whole system as children of one process."""

import asyncio
import sys
from contextlib import ExitStack

import typer

from kordant_pipelines.cli.access import require_anybody_known
from kordant_pipelines.cli.system import claimed, free_port, prepare_databases
from kordant_pipelines.runtime.environment import resolve
from kordant_pipelines.runtime.health import health_served
from kordant_pipelines.runtime.sinks import ConsoleSink
from kordant_pipelines.runtime.stack import stages
from kordant_pipelines.runtime.supervisor import Supervisor
from kordant_pipelines.settings import Settings, load_settings

_NAMES = ("databases", "postgres", "valkey", "code", "worker", "daemon", "web", "kordant")


def up() -> None:
    """Run everything here: servers, code server, worker, daemon, web UI. Ctrl-C stops it.

    Set by the environment: KORDANT_HOME, KORDANT_PORT and the rest of the README's table.
    """
    settings = load_settings()
    require_anybody_known(resolve(settings), settings.host)
    sink = ConsoleSink(sys.stdout, _NAMES)
    with claimed(settings) as environment, ExitStack() as held:
        port = free_port(settings.host, settings.port, setting="KORDANT_PORT")
        health = free_port(settings.host, settings.health_port or 0, setting="KORDANT_HEALTH_PORT")

        async def announce() -> None:
            for line in (*_uncovered(settings), *_unsent(settings)):
                sink.line("kordant", line)
            sink.line("kordant", f"health: http://{settings.host}:{health}/healthz")
            sink.line("kordant", f"ready: http://{settings.host}:{port}")
            sink.line("kordant", "a link to sign in with: kordant tokens link")

        supervisor = Supervisor(
            stages(
                environment,
                host=settings.host,
                port=port,
                prepare=lambda: prepare_databases(
                    environment, sink, held, host=settings.host, port=port
                ),
            ),
            sink,
        )

        async def run() -> int:
            with health_served(settings.host, health, supervisor.health):
                return await supervisor.run(on_ready=announce)

        status = asyncio.run(run())
    if supervisor.failure:
        sys.stderr.write(f"kordant: {supervisor.failure}\n")
    raise typer.Exit(status)


def _uncovered(settings: Settings) -> list[str]:
    """What no scan can look up, for want of a key."""
    return [
        f"{name} is not set: {what} are looked up nowhere, and scans say so"
        for name, key, what in (
            ("KORDANT_HIBP_API_KEY", settings.hibp_api_key, "e-mail addresses"),
            ("KORDANT_LEAKCHECK_API_KEY", settings.leakcheck_api_key, "phones and usernames"),
        )
        if key is None
    ]


def _unsent(settings: Settings) -> list[str]:
    """What no customer is told, for want of a channel."""
    return [
        f"{name} is not set: {what} wait until it is"
        for name, value, what in (
            (
                "KORDANT_SMTP_URL or KORDANT_RESEND_API_KEY",
                settings.smtp_url or settings.resend_api_key,
                "e-mails",
            ),
            ("KORDANT_TWILIO_ACCOUNT_SID", settings.twilio_account_sid, "text messages"),
            ("KORDANT_FCM_CREDENTIALS_FILE", settings.fcm_credentials_file, "push messages"),
        )
        if value is None
    ]
