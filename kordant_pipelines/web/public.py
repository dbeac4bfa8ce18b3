"""The small application that messages lead back to, mounted at the root of KORDANT_PUBLIC_URL.

Everything it takes is signed: a callback by its provider, a link by us.
"""

from starlette.applications import Starlette

from kordant_pipelines.services.container import Services
from kordant_pipelines.web.callbacks import callback_routes
from kordant_pipelines.web.reports import report_routes


def public_app(services: Services) -> Starlette:
    """The application over open services."""
    return Starlette(routes=[*callback_routes(services), *report_routes(services)])
