"""Keeps the HTTP library quiet: it logs URLs and headers, and our URLs hold identifiers."""

import logging
from typing import Final

_LOGGERS: Final = (
    "httpx",
    "httpcore",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore.socks",
)


def silence_http_logs() -> None:
    """Drop every record of httpx and httpcore in this process, whatever levels are set later.

    Filters, not levels: a logging configuration applied after this (Dagster's, a debug session's)
    sets levels anew but leaves filters. Calling it again changes nothing.
    """
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_drop)


def _drop(_record: logging.LogRecord) -> bool:
    return False
