"""The admin's part of the GraphQL API, typed."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from kordant_pipelines.cli.graphql_client import GraphqlClient
from kordant_pipelines.domain.jobs import Job


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class Named(_Answer):
    """A count or a note of a job's result."""

    name: str
    value: int | str


class Result(_Answer):
    """What an ended job tells of its work."""

    counts: Sequence[Named]
    notes: Sequence[Named]


class Progress(_Answer):
    """How far a running job is."""

    steps_succeeded: int
    steps_failed: int
    last_message: str | None


class Attempt(_Answer):
    """One try of a job."""

    number: int
    state: str
    due_at: datetime
    run_id: str | None
    started_at: datetime | None
    ended_at: datetime | None
    failure: str | None


class Link(_Answer):
    """Where to look further, relative to the server."""

    label: str
    path: str


class JobInfo(_Answer):
    """A job; the details are there if one job was asked for."""

    id: str
    job: Job
    subscription_id: str
    tier: str
    reason: str
    slot: str
    status: str
    pending_why: str | None
    pending_until: datetime | None
    attempt: int
    will_retry: bool
    due_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    run_id: str | None
    failure_kind: str | None
    cancelled: bool
    failure: str | None
    attempts: Sequence[Attempt] = ()
    progress: Progress | None = None
    result: Result | None = None
    links: Sequence[Link] = ()

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes of it."""
        return self.status in {"COMPLETED", "FAILED", "DROPPED"}


class Letter(_Answer):
    """A dead letter."""

    id: str
    job: Job
    subscription_id: str
    tier: str
    slot: str
    failure_kind: str
    attempts: int
    run_id: str
    failed_at: datetime


class AdminApi(GraphqlClient):
    """Asks the web server at `url`. Open it with `async with`.

    Every method raises ApiRefused with the API's own words if it does not do what is asked, and
    Misconfigured if nothing answers there, or not to this token.
    """

    async def run_now(
        self,
        job: Job,
        subscription_id: str,
        *,
        payload: str | None = None,
        force: bool = False,
        key: str | None = None,
    ) -> JobInfo:
        """Queue a job."""
        variables = {
            "job": job.value,
            "subscriptionId": subscription_id,
            "payload": payload,
            "force": force,
            "idempotencyKey": key,
        }
        answer = await self.ask("run_job_now", "runJobNow", variables)
        return JobInfo.model_validate(answer["job"])

    async def status(self, job_id: str) -> JobInfo:
        """One job with its details, by its id or that of a run of it."""
        return JobInfo.model_validate(await self.ask("job_status", "jobStatus", {"id": job_id}))

    async def jobs(
        self, wanted: dict[str, object], *, first: int, after: str | None = None
    ) -> tuple[list[JobInfo], str | None]:
        """A page of jobs, and the cursor of the next one."""
        variables = {"filter": wanted, "first": first, "after": after}
        answer = await self.ask("jobs", "jobs", variables)
        return [JobInfo.model_validate(job) for job in answer["results"]], answer["nextCursor"]

    async def cancel(self, job_id: str) -> JobInfo:
        """Cancel a job."""
        answer = await self.ask("cancel_job", "cancelJob", {"id": job_id})
        return JobInfo.model_validate(answer["job"])

    async def retry(self, job_id: str) -> JobInfo:
        """Run a failed or cancelled job anew."""
        answer = await self.ask("retry_job", "retryJob", {"id": job_id})
        return JobInfo.model_validate(answer["job"])

    async def dead_letters(self, job: Job | None, *, first: int) -> list[Letter]:
        """The oldest dead letters."""
        variables = {"job": job.value if job else None, "first": first}
        answer = await self.ask("dead_letters", "deadLetters", variables)
        return [Letter.model_validate(letter) for letter in answer["results"]]

    async def replay(self, ids: Sequence[str], *, job: Job | None = None) -> int:
        """Run these dead letters anew, or all if none is named; how many."""
        variables = {"ids": list(ids), "all": not ids, "job": job.value if job else None}
        answer = await self.ask("replay_dead_letters", "replayDeadLetters", variables)
        return int(answer["replayed"])
