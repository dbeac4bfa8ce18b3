"""What every connection to a provider is made with."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from ssl import SSLContext
from urllib.parse import urlsplit

import httpx


def is_base_url(url: str) -> bool:
    """Whether it is `http(s)://host/path` without a query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query


@cache
def tls() -> SSLContext:
    """The process's one context."""
    # Building one costs about 20 ms of CPU, a fifth of what a whole scan may.
    return httpx.create_ssl_context()


@cache
def user_agent() -> str:
    """Who we say we are: HIBP insists on knowing."""
    try:
        return f"kordant-pipelines/{version('kordant-pipelines')}"
    except PackageNotFoundError:
        return "kordant-pipelines/uninstalled"
