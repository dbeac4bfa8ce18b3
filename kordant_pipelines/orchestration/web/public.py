"""What the web server answers without a sign-in: each with a check of its own, such as a signature.

The one place where other parts add HTTP routes. A route is let through by the fixed beginning of
its path, so that beginning must be nobody else's.
"""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Mount, Route

from kordant_pipelines.services.container import Services
from kordant_pipelines.web.public import public_app


def public_routes(services: Services) -> Sequence[BaseRoute]:
    """The routes that are open."""
    return public_app(services).routes  # signed by the provider, or a link signed by us


def open_prefixes(routes: Sequence[BaseRoute]) -> list[str]:
    """The paths that these routes open, each with all below it.

    Raises:
        ValueError: one would open everything.
    """
    prefixes: list[str] = []
    for route in routes:
        if not isinstance(route, Mount | Route):
            raise TypeError(f"{type(route).__name__} is neither a Mount nor a Route")
        prefix = route.path.partition("{")[0].rstrip("/")
        if not prefix:
            raise ValueError(f"{route.path!r} would open everything; give it a path of its own")
        prefixes.append(prefix)
    return prefixes
