"""The commands. All of them ask the web server, as the admin panel does, and change nothing else.

They exit with 0 if what was asked was done, with 2 if it was refused. Those that wait for a job's
end exit with 0 if it completed, with 1 if it failed, was cancelled or dropped, and with 3 if it had
not ended in time.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from kordant_pipelines.cli.access import web_address, web_token
from kordant_pipelines.cli.jobs.api import AdminApi, JobInfo
from kordant_pipelines.cli.jobs.shown import in_a_line, jobs_table, letters_table, told
from kordant_pipelines.domain.errors import RefusedInput
from kordant_pipelines.domain.job_status import JobStatus
from kordant_pipelines.domain.jobs import Job
from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.settings import load_settings

EXIT_FAILED, EXIT_NOT_ENDED = 1, 3
_POLL_SECONDS = 0.5

jobs_app = typer.Typer(help="Jobs by hand, their status, dead letters.", no_args_is_help=True)
T = TypeVar("T")

_Url = Annotated[
    str | None, typer.Option("--url", help="Of the web server; default: as the settings say.")
]
_Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
_Id = Annotated[str, typer.Argument(metavar="JOB_ID", help="A job's id, or a run's.")]
_Timeout = Annotated[
    float, typer.Option("--timeout", min=0, help="How many seconds to wait at most.")
]


@jobs_app.command()
def run(
    job: Annotated[Job, typer.Argument(help="Which.")],
    subscription_id: Annotated[str, typer.Argument(help="As `kordant subscriptions list` shows.")],
    payload: Annotated[
        str | None, typer.Option(help="A JSON object of the job's own options.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Of your own: the same run under the same key is one.")
    ] = None,
    timeout: _Timeout = 3600.0,
    url: _Url = None,
    *,
    force: Annotated[bool, typer.Option(help="Even if its tier lacks the job.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until it has ended.")] = False,
    as_json: _Json = False,
) -> None:
    """Queue a job for one active subscription, and print its id."""

    async def ask(api: AdminApi) -> JobInfo:
        return await api.run_now(job, subscription_id, payload=payload, force=force, key=key)

    queued = _asked(url, ask)
    if wait:
        _watch(url, queued.id, timeout, as_json=as_json)
    typer.echo(queued.model_dump_json() if as_json else queued.id)


@jobs_app.command()
def status(job_id: _Id, url: _Url = None, *, as_json: _Json = False) -> None:
    """Show where a job stands, with its attempts and what it tells of its work."""
    job = _asked(url, lambda api: api.status(job_id))
    if as_json:
        typer.echo(job.model_dump_json())
        return
    for line in told(job):
        typer.echo(line)


@jobs_app.command()
def watch(
    job_id: _Id, timeout: _Timeout = 3600.0, url: _Url = None, *, as_json: _Json = False
) -> None:
    """Follow a job to its end."""
    _watch(url, job_id, timeout, as_json=as_json)


@jobs_app.command("list")
def list_(
    job: Annotated[Job | None, typer.Option(help="Only this job.")] = None,
    subscription: Annotated[str | None, typer.Option(help="Only of this one.")] = None,
    tier: Annotated[Tier | None, typer.Option(help="Only of this tier.")] = None,
    status: Annotated[JobStatus | None, typer.Option(help="Only with this status.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Due then or later, in UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Due before then, in UTC.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 20,
    after: Annotated[str | None, typer.Option(help="The cursor that the last page told.")] = None,
    url: _Url = None,
    *,
    as_json: _Json = False,
) -> None:
    """List jobs, the newest first."""
    given = {
        "job": job.value if job else None,
        "subscriptionId": subscription,
        "tier": tier.name if tier else None,
        "status": status.name if status else None,
        "since": f"{since.isoformat()}Z" if since else None,
        "until": f"{until.isoformat()}Z" if until else None,
    }
    wanted: dict[str, object] = {name: value for name, value in given.items() if value}
    jobs, cursor = _asked(url, lambda api: api.jobs(wanted, first=limit, after=after))
    if as_json:
        for one in jobs:
            typer.echo(one.model_dump_json())
        return
    if not jobs:
        typer.echo("There is no such job.")
        return
    table = jobs_table(jobs)
    if cursor:
        table.caption = f"There are more: --after {cursor}"
    Console(highlight=False).print(table)


@jobs_app.command()
def cancel(job_id: _Id, url: _Url = None) -> None:
    """Cancel a job: it stops if it runs, and is not tried again."""
    job = _asked(url, lambda api: api.cancel(job_id))
    typer.echo(f"job {job.id} is {'cancelled' if job.cancelled else 'being stopped'}")


@jobs_app.command()
def retry(job_id: _Id, url: _Url = None) -> None:
    """Run a failed or cancelled job anew, or a waiting retry now; print the id it runs under."""
    typer.echo(_asked(url, lambda api: api.retry(job_id)).id)


@jobs_app.command("dead-letters")
def dead_letters(
    job: Annotated[Job | None, typer.Option(help="Only those of this job.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=500, help="How many at most, oldest first.")
    ] = 100,
    url: _Url = None,
    *,
    as_json: _Json = False,
) -> None:
    """List the jobs that failed for good and that nothing has made up for since.

    permanent: trying again could not help; exhausted: every retry failed too.
    """
    letters = _asked(url, lambda api: api.dead_letters(job, first=limit))
    if as_json:
        for letter in letters:
            typer.echo(letter.model_dump_json())
        return
    if not letters:
        typer.echo("There is no dead letter.")
        return
    table = letters_table(letters)
    if len(letters) == limit:
        table.caption = f"The oldest {limit}; there may be more: --limit."
    Console(highlight=False).print(table)


@jobs_app.command()
def replay(
    ids: Annotated[list[int] | None, typer.Argument(help="As `dead-letters` shows them.")] = None,
    url: _Url = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
) -> None:
    """Run dead letters anew, with all their retries."""
    if everything == bool(ids):
        raise RefusedInput("Name the dead letters to replay, or say --all, one of the two.")
    replayed = _asked(url, lambda api: api.replay([str(one) for one in ids or ()]))
    if not replayed:
        typer.echo("There is no dead letter to replay.")
        return
    typer.echo(f"{replayed} owed anew; a running system launches them within some seconds.")


def _asked(url: str | None, ask: Callable[[AdminApi], Awaitable[T]]) -> T:
    settings = load_settings()

    async def answered() -> T:
        async with AdminApi(web_address(settings, url), web_token(settings)) as api:
            return await ask(api)

    return asyncio.run(answered())


def _watch(url: str | None, job_id: str, timeout: float, *, as_json: bool) -> None:
    """Follow a job, tell what is news, and leave with what became of it."""

    async def ended(api: AdminApi) -> JobInfo:
        deadline, said = time.monotonic() + timeout, ""
        while True:
            job = await api.status(job_id)
            line = in_a_line(job)
            if line != said and not as_json:
                typer.echo(line)
            said = line
            if job.has_ended or time.monotonic() > deadline:
                return job
            await asyncio.sleep(_POLL_SECONDS)

    job = _asked(url, ended)
    if as_json:
        typer.echo(job.model_dump_json())
    elif job.failure:
        typer.echo(job.failure)
    if job.status != "COMPLETED":
        raise typer.Exit(EXIT_FAILED if job.has_ended else EXIT_NOT_ENDED)
    raise typer.Exit
