"""What can be done to a running sandbox over HTTP."""

from collections.abc import Mapping

from pydantic import JsonValue, TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.controls import bodies
from kordant_pipelines.sandbox.controls.answers import (
    Handler,
    RefusedError,
    named_fields,
    read,
    read_json,
    refusing,
)
from kordant_pipelines.sandbox.world.breaches import NameTakenError
from kordant_pipelines.sandbox.world.leaks import LeakRow

_CHANGES = TypeAdapter(dict[str, JsonValue])


class Controls:
    """The control endpoints over one bench."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    async def publish_breach(self, request: Request) -> Response:
        """POST /control/breaches: 201 with the whole breach, 409 when its Name is taken."""
        body = await read(request, bodies.PublishBreach)
        try:
            breach = self._bench.world.hibp.publish(
                body.breach, body.accounts, body.stealer_domains
            )
        except NameTakenError as taken:
            raise RefusedError(409, str(taken)) from None
        except ValidationError as wrong:
            raise RefusedError(422, named_fields(wrong, ("breach",))) from None
        return JSONResponse(breach.as_json(), status_code=201)

    async def amend_breach(self, request: Request) -> Response:
        """PATCH /control/breaches/{name}: the whole breach as changed, 404 for an unknown one."""
        name = str(request.path_params["name"])
        try:
            changes = _CHANGES.validate_python(await read_json(request))
            self._refuse_renaming(changes)
            breach = self._bench.world.hibp.amend(name, changes)
        except KeyError:
            raise RefusedError(404, f"no breach of the name {name} in the catalogue") from None
        except ValidationError as wrong:
            raise RefusedError(422, named_fields(wrong)) from None
        return JSONResponse(breach.as_json())

    async def add_leak(self, request: Request) -> Response:
        """POST /control/leaks: a LeakCheck row, 201."""
        self._bench.world.leakcheck.add(await read(request, LeakRow))
        return JSONResponse({"added": 1}, status_code=201)

    async def add_fault(self, request: Request) -> Response:
        """POST /control/faults: 201."""
        body = await read(request, bodies.AddFault)
        self._bench.faults.add(body.fault(), seconds=body.seconds)
        return JSONResponse({"added": 1}, status_code=201)

    async def clear_faults(self, request: Request) -> Response:
        """DELETE /control/faults: 204."""
        del request
        self._bench.faults.clear()
        return Response(status_code=204)

    async def choose_plan(self, request: Request) -> Response:
        """POST /control/plan: 204."""
        body = await read(request, bodies.ChoosePlan)
        self._bench.plans.choose(body.provider, body.plan())
        return Response(status_code=204)

    async def calls(self, request: Request) -> Response:
        """GET /control/calls: counts by provider, endpoint template and status."""
        del request
        counts = self._bench.calls.counts()
        return JSONResponse({"calls": [call._asdict() | {"count": n} for call, n in counts]})

    async def reset_calls(self, request: Request) -> Response:
        """DELETE /control/calls: 204."""
        del request
        self._bench.calls.reset()
        return Response(status_code=204)

    async def inbox(self, request: Request) -> Response:
        """GET /control/inbox: every message that was taken, oldest first."""
        del request
        messages = [message.as_json() for message in self._bench.world.inbox.messages()]
        return JSONResponse({"messages": messages})

    async def empty_inbox(self, request: Request) -> Response:
        """DELETE /control/inbox: 204."""
        del request
        self._bench.world.inbox.empty()
        return Response(status_code=204)

    async def world(self, request: Request) -> Response:
        """GET /control/world: customers by ref and tier, breaches by name."""
        del request
        world = self._bench.world
        customers = [{"ref": one.ref, "tier": one.tier.value} for one in world.customers]
        names = [breach.name for breach in world.hibp.catalogue()]
        return JSONResponse({"customers": customers, "breaches": names})

    def _refuse_renaming(self, changes: Mapping[str, JsonValue]) -> None:
        if "Name" in changes:
            raise RefusedError(422, "Name: a breach keeps its Name; publish another breach instead")


def control_routes(bench: Bench) -> list[Route]:
    """The routes below /control."""
    controls = Controls(bench)
    table: tuple[tuple[str, str, Handler], ...] = (
        ("POST", "/breaches", controls.publish_breach),
        ("PATCH", "/breaches/{name}", controls.amend_breach),
        ("POST", "/leaks", controls.add_leak),
        ("POST", "/faults", controls.add_fault),
        ("DELETE", "/faults", controls.clear_faults),
        ("POST", "/plan", controls.choose_plan),
        ("GET", "/calls", controls.calls),
        ("DELETE", "/calls", controls.reset_calls),
        ("GET", "/inbox", controls.inbox),
        ("DELETE", "/inbox", controls.empty_inbox),
        ("GET", "/world", controls.world),
    )
    return [Route(path, refusing(handler), methods=[method]) for method, path, handler in table]
