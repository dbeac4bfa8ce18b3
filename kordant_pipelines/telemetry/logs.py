"""Log lines of ours: an event, and the ids it is about, as text or as one JSON object.

    get_log("runs").info("run_settled", run_id=…, subscription=…, state=…)

Ids and counts only. Of an exception its type and place: its text may quote personal data.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import structlog

_ROOT = "kordant"


class LogFormat(StrEnum):
    """How lines are written: for people or for programs."""

    TEXT = "text"
    JSON = "json"


def get_log(name: str) -> structlog.stdlib.BoundLogger:
    """The log of a part of the system: web, runs, health. Silent until `configure_logs`."""
    log: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(f"{_ROOT}.{name}"),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
    )
    return log


def _shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _place_of_exception,
    ]


def configure_logs(form: LogFormat) -> None:
    """Let this process's lines go to its standard error, in this form. Repeating it is harmless."""
    renderer = (
        structlog.processors.JSONRenderer(sort_keys=True)
        if form is LogFormat.JSON
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    root = logging.getLogger(_ROOT)
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False  # whatever else Dagster or Celery set up would repeat them


def _place_of_exception(
    _logger: object, _name: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    error: object = entry.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    elif isinstance(error, tuple):
        error = cast("tuple[object, ...]", error)[1]
    if isinstance(error, BaseException):
        entry["error"] = f"{type(error).__module__}.{type(error).__qualname__}"
        frames = traceback.extract_tb(error.__traceback__)
        if frames:
            entry["raised_at"] = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
    return entry
