"""The front desk of every provider endpoint: counts the call, breaks it if told to, limits it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.calls import NO_ANSWER, Call
from kordant_pipelines.sandbox.fault_answers import broken_answer
from kordant_pipelines.sandbox.faults import FaultKind
from kordant_pipelines.sandbox.provider import Endpoint, Provider


class Desk:
    """One endpoint of one provider as an ASGI application."""

    def __init__(self, provider: Provider, endpoint: Endpoint, bench: Bench) -> None:
        self._provider = provider
        self._endpoint = endpoint
        self._bench = bench

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and remember its kind and status."""
        status = NO_ANSWER

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            answer = await self._choose(Request(scope, receive), receive)
            if answer is not None:
                await answer(scope, receive, noting)
        finally:
            self._bench.calls.record(Call(self._provider.name, self._endpoint.template, status))

    async def _choose(self, request: Request, receive: Receive) -> ASGIApp | None:
        """The answer this request gets; None when its caller left while it was held."""
        name, bench = self._provider.name, self._bench
        if self._endpoint.method != "GET":
            request.state.body = await request.body()
        fault = bench.faults.strike(name, request.url.path, keyed=self._endpoint.keyed)
        if fault is None:
            return self._sound_answer(request)
        if fault.kind is FaultKind.TIMEOUT and not await bench.hold(receive):
            return None
        return broken_answer(fault, self._provider, bench, lambda: self._sound_answer(request))

    def _sound_answer(self, request: Request) -> Response:
        provider = self._provider
        admitted = provider.admit(request, self._bench, self._endpoint)
        if isinstance(admitted, Response):
            return admitted
        if admitted is not None:
            wait = self._bench.plans.admit(provider.name, admitted, provider.plan)
            if wait is not None:
                return provider.rate_limited(wait if provider.says_when else None)
        return self._endpoint.answer(request, self._bench)
