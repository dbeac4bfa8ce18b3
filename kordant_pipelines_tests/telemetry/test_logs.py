"""Log lines: an event and its ids, never an exception's text."""

import io
import json
import logging
from collections.abc import Callable, Generator
from contextlib import redirect_stderr
from typing import Any

import pytest

from kordant_pipelines.telemetry.logs import LogFormat, configure_logs, get_log


@pytest.fixture(autouse=True)
def _as_before() -> Generator[None]:
    root = logging.getLogger("kordant")
    kept = (root.handlers[:], root.level, root.propagate)
    yield
    root.handlers, root.level, root.propagate = kept


def _said(form: LogFormat, say: Callable[[], Any]) -> str:
    written = io.StringIO()
    with redirect_stderr(written):
        configure_logs(form)
        configure_logs(form)  # again: no line twice
        say()
    return written.getvalue()


def _fail() -> None:
    try:
        int("ada@example.com")
    except ValueError:
        get_log("runs").exception("run_failed", run_id="r1", subscription="sub_1")


def test_as_json_a_line_is_one_object_with_the_ids_it_is_about() -> None:
    said = _said(LogFormat.JSON, lambda: get_log("runs").info("run_settled", run_id="r1", tries=2))
    [line] = said.splitlines()
    entry = json.loads(line)
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "run_settled",
        "level": "info",
        "logger": "kordant.runs",
        "run_id": "r1",
        "tries": 2,
    }


@pytest.mark.parametrize("form", list(LogFormat))
def test_an_exception_is_its_type_and_place_never_its_text(form: LogFormat) -> None:
    said = _said(form, _fail)
    assert "ValueError" in said
    assert "test_logs.py" in said
    assert "sub_1" in said
    assert "ada" not in said


def test_as_text_it_is_a_line_for_people() -> None:
    said = _said(LogFormat.TEXT, lambda: get_log("web").info("mutation", who="doer"))
    assert "mutation" in said
    assert "who=doer" in said
    assert len(said.splitlines()) == 1
