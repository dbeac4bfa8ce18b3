"""GraphQL over HTTP for commands; the documents are files in `graphql/`."""

from collections.abc import Mapping
from http import HTTPStatus
from importlib.resources import files
from types import TracebackType
from typing import Any, Self

import httpx

from kordant_pipelines.domain.errors import KordantError, Misconfigured

_SECONDS = 30.0


class ApiRefused(KordantError):
    """The API did not do what was asked; the text is its own, `kind` its error's type."""

    def __init__(self, text: str, kind: str = "") -> None:
        self.kind = kind
        super().__init__(text)


class GraphqlClient:
    """Asks the web server at `url`, with a token. Open it with `async with`."""

    def __init__(self, url: str, token: str | None) -> None:
        self._url = url
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(
            base_url=url, timeout=_SECONDS, trust_env=False, headers=headers
        )

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

    async def ask(
        self, document: str, field: str, variables: Mapping[str, object]
    ) -> dict[str, Any]:
        """What the document's field came to.

        Raises:
            ApiRefused: the API refused it, or answered with an error of its own.
            Misconfigured: nothing answers there, or not to this token.
        """
        body = await self._post({"query": _document(document), "variables": variables})
        if body.get("errors"):
            raise ApiRefused(f"The API refused {document}: {body['errors'][0]['message']}")
        answer: dict[str, Any] = body["data"][field]
        if "message" in answer:
            raise ApiRefused(str(answer["message"]), str(answer.get("__typename", "")))
        return answer

    async def _post(self, asked: Mapping[str, object]) -> dict[str, Any]:
        try:
            response = await self._http.post("/graphql", json=asked)
        except httpx.TransportError:
            raise Misconfigured(
                f"No web server answers at {self._url}. Start the system with `kordant up`, or "
                "name its address with --url."
            ) from None
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            raise Misconfigured(
                f"The web server at {self._url} does not know this token. Set KORDANT_TOKEN to one "
                "that `kordant tokens create` made, or KORDANT_HOME to that system's folder."
            )
        try:
            return dict(response.json())
        except ValueError:
            raise Misconfigured(
                f"What answers at {self._url} is not Kordant's web server "
                f"(HTTP {response.status_code}). Name its address with --url."
            ) from None


def _document(name: str) -> str:
    return files("kordant_pipelines.cli").joinpath("graphql", f"{name}.graphql").read_text()
