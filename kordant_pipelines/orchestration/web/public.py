"""What the web server answers without a sign-in: each with a check of its own, such as a signature.

The one place where other parts add HTTP routes. A mount is let through by its path's prefix, so
that prefix must be nobody else's; it is told of below why it may be open.
"""

from collections.abc import Sequence

from starlette.routing import Mount

from kordant_pipelines.services.container import Services


def public_mounts(services: Services) -> Sequence[Mount]:
    """The mounts that are open, such as a provider's delivery callbacks at /callbacks."""
    del services
    return ()
