"""GraphQL over HTTP for commands; the documents are files in `graphql/`."""

from collections.abc import Mapping
from http import HTTPStatus
from importlib.resources import files
from types import TracebackType
from typing import Any, Self, cast

import httpx

from kordant_pipelines.domain.errors import KordantError, Misconfigured

ANSWER_SECONDS = 60.0
"""How long an answer may take: a launch waits for the code server, on a busy machine for long."""


class ApiRefused(KordantError):
    """The API did not do what was asked; the text is its own, `kind` its error's type."""

    def __init__(self, text: str, kind: str = "") -> None:
        self.kind = kind
        super().__init__(text)


class GraphqlClient:
    """Asks the web server at `url`, with a token. Open it with `async with`.

    An answer is waited for `seconds`.
    """

    def __init__(self, url: str, token: str | None, *, seconds: float = ANSWER_SECONDS) -> None:
        self._url = url
        self._seconds = seconds
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(
            base_url=url, timeout=seconds, trust_env=False, headers=headers
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
            Misconfigured: nothing answers there in time, or not to this token.
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
        except httpx.ConnectError:
            raise Misconfigured(
                f"Nobody listens at {self._url}. Start the system with `kordant up`, or name its "
                "address with --url."
            ) from None
        except httpx.TimeoutException:
            raise Misconfigured(
                f"The web server at {self._url} did not answer within {self._seconds:g} s, so what "
                "was asked may have been done or not. Look before you ask again; a job under one "
                "--key runs once however often it is asked for."
            ) from None
        except httpx.TransportError as error:
            raise Misconfigured(
                f"The web server at {self._url} broke off before it answered "
                f"({type(error).__name__}), so what was asked may have been done or not. It may "
                "just be starting again; its log says why."
            ) from None
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            raise Misconfigured(
                f"The web server at {self._url} does not know this token. Set KORDANT_TOKEN to one "
                "that `kordant tokens create` made, or KORDANT_HOME to that system's folder."
            )
        body = _json_object(response)
        if not {"data", "errors"} & body.keys():
            raise Misconfigured(
                f"What answers at {self._url} is not Kordant's web server "
                f"(HTTP {response.status_code}). Name its address with --url."
            )
        return body


def _json_object(response: httpx.Response) -> dict[str, Any]:
    """The answer's JSON object, an empty one if it is none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


def _document(name: str) -> str:
    return files("kordant_pipelines.cli").joinpath("graphql", f"{name}.graphql").read_text()
