"""Dagster's own part of the GraphQL API, as far as the demo uses it."""

from collections.abc import Mapping

from pydantic import BaseModel, Field

from kordant_pipelines.cli.graphql_client import GraphqlClient

PAGE = 1000


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


class DagsterApi(GraphqlClient):
    """Asks the web server at `url`. Open it with `async with`."""

    async def launch(self, job: str, tags: Mapping[str, str]) -> str:
        """Queue a run; its id.

        Raises:
            ApiRefused: it was not queued.
        """
        pairs = [{"key": key, "value": value} for key, value in tags.items()]
        answer = await self.ask("launch_run", "launchRun", {"job": job, "tags": pairs})
        return str(answer["run"]["runId"])

    async def runs(self, tag: str, value: str, *, limit: int = PAGE) -> list[Run]:
        """The newest `limit` runs that carry a tag."""
        variables = {"key": tag, "value": value, "limit": limit}
        answer = await self.ask("runs_with_tag", "runsOrError", variables)
        return [Run.model_validate(run) for run in answer["results"]]

    async def partition_keys(self, job: str) -> set[str]:
        """Every partition of a job, page by page."""
        keys: set[str] = set()
        cursor: str | None = None
        while True:
            variables = {"job": job, "limit": PAGE, "cursor": cursor}
            answer = await self.ask("partition_keys", "pipelineOrError", variables)
            page = answer["partitionKeysOrError"]["partitionKeys"]
            keys.update(page)
            if len(page) < PAGE:
                return keys
            cursor = page[-1]
