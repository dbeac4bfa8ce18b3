"""The command: starts the system on the sandbox, scans everyone, shows what was found."""

import asyncio
import shlex
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from kordant_pipelines.cli.access import web_token
from kordant_pipelines.cli.dagster_api import DagsterApi
from kordant_pipelines.cli.demo.removals import authorise, write_registry
from kordant_pipelines.cli.demo.scans import Outcome, scan_everyone
from kordant_pipelines.cli.demo.summary import homes_line, summary_json, summary_table
from kordant_pipelines.cli.demo.voices import analysed, has_models, seed_voices, voices_table
from kordant_pipelines.cli.demo.world import (
    HOST,
    pointed_at_sandbox,
    provider_variables,
    require_own_servers,
    sandbox_child,
    seed,
)
from kordant_pipelines.cli.system import claimed, free_port, prepare_databases
from kordant_pipelines.domain.access import Role
from kordant_pipelines.runtime.environment import Environment
from kordant_pipelines.runtime.sinks import FileSink
from kordant_pipelines.runtime.stack import stages
from kordant_pipelines.runtime.supervisor import Supervisor
from kordant_pipelines.services.container import Services, open_services
from kordant_pipelines.services.overview import overview
from kordant_pipelines.settings import Settings, load_settings


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Leave when every run has ended.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout, all else on stderr.")
    ] = False,
) -> None:
    """Run the system on invented providers and customers, and scan each of them."""
    settings = load_settings()
    port = free_port(HOST, settings.port, setting="KORDANT_PORT", or_any=True)
    sandbox_port = free_port(HOST, 0, setting="KORDANT_PORT")
    show = Demo(
        pointed_at_sandbox(
            settings,
            f"http://{HOST}:{sandbox_port}",
            smtp_port=free_port(HOST, 0, setting="KORDANT_PORT"),
            imap_port=free_port(HOST, 0, setting="KORDANT_PORT"),
            public_url=f"http://{HOST}:{port}",
        ),
        port=port,
        sandbox_port=sandbox_port,
        once=once,
        as_json=as_json,
    )
    raise typer.Exit(show.run())


class DemoSink(FileSink):
    """Programs' lines go to their files; what a person who pressed Ctrl-C waits for is shown."""

    def __init__(self, folder: Path, console: Console) -> None:
        super().__init__(folder)
        self._console = console

    def line(self, name: str, text: str) -> None:
        """Take a line."""
        super().line(name, text)
        if name == "kordant" and text.startswith(("stopping on", "hurrying")):
            self._console.print(f"\n{text[0].upper()}{text[1:]}.")


class Demo:
    """One showing."""

    def __init__(
        self, settings: Settings, *, port: int, sandbox_port: int, once: bool, as_json: bool
    ) -> None:
        self._settings = settings
        self._url = f"http://{HOST}:{port}"
        self._port = port
        self._sandbox_port = sandbox_port
        self._once = once
        self._as_json = as_json
        self._console = Console(stderr=as_json)
        self._began = time.monotonic()
        self._outcome = Outcome()
        self._added = frozenset[str]()
        self._voices: Sequence[str] = ()

    def run(self) -> int:
        """Start, scan, show; return the exit status once all is stopped."""
        require_own_servers(self._settings)
        with claimed(self._settings) as environment, ExitStack() as held:
            self._console.print(f"Starting on {environment.layout.home} …")
            sink = DemoSink(environment.layout.logs, self._console)
            plan = stages(
                environment,
                host=HOST,
                port=self._port,
                prepare=lambda: self._prepare(environment, sink, held),
                extra=provider_variables(self._settings),
            )
            plan[0] = [*plan[0], sandbox_child(HOST, self._sandbox_port, self._settings)]
            supervisor = Supervisor(plan, sink)
            status = asyncio.run(
                supervisor.run(on_ready=lambda: self._show(environment), then_stop=self._once)
            )
        if supervisor.failure:
            sys.stderr.write(f"kordant: {supervisor.failure}\n")
        return status or int(self._once and not self._outcome.all_succeeded)

    async def _prepare(self, environment: Environment, sink: FileSink, held: ExitStack) -> None:
        """Migrate and seed; refuse foreign customers before a worker could touch them."""
        await prepare_databases(environment, sink, held, host=HOST, port=self._port)
        write_registry(environment.layout.home, HOST, f"http://{HOST}:{self._sandbox_port}")
        services = open_services(environment.whole_settings())
        try:
            self._added = seed(services.subscriptions)
            authorise(services)
            self._voices = seed_voices(services) if has_models(self._settings) else ()
        finally:
            services.close()

    async def _show(self, environment: Environment) -> None:
        services = open_services(environment.whole_settings())
        try:
            await self._scan(services)
            link = None if self._once else self._link(services)
        finally:
            services.close()
        if link is not None:
            self._console.print(
                f"\nSign in with this link; it is an operator's, for a day:\n[bold]{link}[/]\n",
                soft_wrap=True,  # a link must stay in one piece
            )
            self._console.print(
                f"Dagster UI  {self._url}\n"
                f"Sandbox     http://{HOST}:{self._sandbox_port}/control/world\n"
                f"Its inbox   http://{HOST}:{self._sandbox_port}/inbox/\n"
                f"Logs        {environment.layout.logs}\n"
                f"Beside it   export KORDANT_HOME={shlex.quote(str(environment.layout.home))}\n"
                "Ctrl-C stops everything."
            )

    def _link(self, services: Services) -> str:
        """A link with a token behind its #, which browsers send to nobody."""
        token = services.access.tokens.replace("demo", Role.OPERATOR, lasts=timedelta(days=1))
        return f"{self._url}/sign-in#{token}"

    async def _scan(self, services: Services) -> None:
        subscriptions = services.subscriptions.active()
        self._console.print(f"{len(subscriptions)} subscriptions, {len(self._added)} of them new.")
        async with DagsterApi(self._url, web_token(self._settings)) as api:
            self._outcome = await scan_everyone(api, subscriptions, self._added, self._console)
        voices = await analysed(services, self._voices)
        tiers = overview(services.database)
        seconds = time.monotonic() - self._began
        homes = services.properties.summaries()
        self._console.print(summary_table(tiers, subscriptions, self._outcome, seconds))
        self._console.print(homes_line(homes))
        if self._voices:
            self._console.print(voices_table(voices))
        else:
            self._console.print(
                "VoicePrint is left out: `kordant voice models` fetches its models."
            )
        if self._as_json:
            typer.echo(summary_json(tiers, homes, voices, self._outcome, seconds))
