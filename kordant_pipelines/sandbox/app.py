"""Puts the providers and the controls together into one ASGI application."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.controls.routes import control_routes
from kordant_pipelines.sandbox.desk import Desk
from kordant_pipelines.sandbox.inbox.pages import inbox_routes
from kordant_pipelines.sandbox.provider import Provider
from kordant_pipelines.sandbox.table import PROVIDERS


def build_app(bench: Bench) -> Starlette:
    """The sandbox's application over one bench."""
    return Starlette(
        routes=[
            Route("/healthz", _healthy),
            Mount("/control", routes=control_routes(bench)),
            Mount("/inbox", routes=inbox_routes(bench)),
            *(_mounted(provider, bench) for provider in PROVIDERS.values()),
        ]
    )


def _mounted(provider: Provider, bench: Bench) -> Mount:
    return Mount(
        provider.mount,
        routes=[
            Route(endpoint.route, Desk(provider, endpoint, bench), methods=[endpoint.method])
            for endpoint in provider.endpoints
        ],
    )


async def _healthy(request: Request) -> JSONResponse:
    del request
    return JSONResponse({"status": "ok"})
