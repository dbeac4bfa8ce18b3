"""The running system's GraphQL API, for commands; the documents are files in `graphql/`."""

from collections.abc import Mapping
from importlib.resources import files
from types import TracebackType
from typing import Any, Self, cast

import httpx
from pydantic import BaseModel, Field

from kordant_pipelines.domain.errors import KordantError

PAGE = 1000
ANSWER_SECONDS = 60.0
"""How long an answer may take: a launch waits for the code server, on a busy machine for long."""


class ApiRefused(KordantError):
    """Dagster's API did not do what was asked; the text is its own."""


class Run(BaseModel):
    """A run as a command follows it."""

    run_id: str = Field(alias="runId")
    job: str = Field(alias="jobName")
    status: str
    tags: list[dict[str, str]]

    @property
    def partition(self) -> str | None:
        """The subscription it runs for."""
        return next((t["value"] for t in self.tags if t["key"] == "dagster/partition"), None)


class DagsterApi:
    """Asks the webserver at `url`, waiting `timeout` seconds. Open it with `async with`."""

    def __init__(self, url: str, *, timeout: float = ANSWER_SECONDS) -> None:
        self._url = url
        self._http = httpx.AsyncClient(base_url=url, timeout=timeout, trust_env=False)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._http.__aexit__(kind, error, traceback)

    async def launch(self, job: str, tags: Mapping[str, str]) -> str:
        """Queue a run; its id.

        Raises:
            ApiRefused: it was not queued.
        """
        pairs = [{"key": key, "value": value} for key, value in tags.items()]
        answer = await self._ask("launch_run", "launchRun", {"job": job, "tags": pairs})
        return str(answer["run"]["runId"])

    async def runs(self, tag: str, value: str, *, limit: int = PAGE) -> list[Run]:
        """The newest `limit` runs that carry a tag."""
        variables = {"key": tag, "value": value, "limit": limit}
        answer = await self._ask("runs_with_tag", "runsOrError", variables)
        return [Run.model_validate(run) for run in answer["results"]]

    async def partition_keys(self, job: str) -> set[str]:
        """Every partition of a job, page by page."""
        keys: set[str] = set()
        cursor: str | None = None
        while True:
            variables = {"job": job, "limit": PAGE, "cursor": cursor}
            answer = await self._ask("partition_keys", "pipelineOrError", variables)
            page = answer["partitionKeysOrError"]["partitionKeys"]
            keys.update(page)
            if len(page) < PAGE:
                return keys
            cursor = page[-1]

    async def _ask(
        self, document: str, field: str, variables: Mapping[str, object]
    ) -> dict[str, Any]:
        query = (
            files("kordant_pipelines.cli").joinpath("graphql", f"{document}.graphql").read_text()
        )
        response = await self._http.post("/graphql", json={"query": query, "variables": variables})
        body = _json_object(response)
        if not {"data", "errors"} & body.keys():
            raise ApiRefused(
                f"What answers at {self._url} is not Dagster's web UI (status "
                f"{response.status_code})."
            )
        if body.get("errors"):
            raise ApiRefused(f"Dagster's API refused {document}: {body['errors'][0]['message']}")
        answer: dict[str, Any] = body["data"][field]
        if "message" in answer:
            raise ApiRefused(f"Dagster's API refused {document}: {answer['message']}")
        return answer


def _json_object(response: httpx.Response) -> dict[str, Any]:
    """The answer's JSON object, an empty one if it is none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}
