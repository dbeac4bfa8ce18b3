"""Traces reach a collector over HTTP as OpenTelemetry says, with ids and without texts."""

import subprocess
import sys
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from textwrap import dedent

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@pytest.fixture
def collector() -> Generator[tuple[str, list[tuple[str, bytes]]]]:
    """Its address, and what was posted: path and body."""
    posted: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            posted.append((self.path, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - its name

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", posted
        server.shutdown()


PROGRAM = """
    import sys
    from kordant_pipelines.telemetry.traces import configure_traces, flush_traces, past_span, span
    configure_traces(sys.argv[1] or None, "test")
    try:
        with span("scan", {"subscription": "sub_1"}):
            past_span("call hibp", 0.25, {"outcome": "answered"})
            raise ValueError("ada@example.com")
    except ValueError:
        pass
    flush_traces()
"""


def _run(url: str) -> None:
    # In a process of its own: a process has one tracer for its whole life.
    program = [sys.executable, "-c", dedent(PROGRAM), url]
    subprocess.run(program, check=True, timeout=60, capture_output=True)


def test_spans_reach_the_collector(collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, posted = collector
    _run(url)
    [(path, body)] = posted
    assert path == "/v1/traces"
    [resource] = ExportTraceServiceRequest.FromString(body).resource_spans
    assert {"kordant-pipelines", "test"} <= {
        attribute.value.string_value for attribute in resource.resource.attributes
    }
    call, scan = sorted(resource.scope_spans[0].spans, key=lambda span: span.name)
    assert call.parent_span_id == scan.span_id
    assert 0.2e9 < call.end_time_unix_nano - call.start_time_unix_nano < 0.3e9
    assert {a.key: a.value.string_value for a in scan.attributes} == {
        "subscription": "sub_1",
        "error.type": "ValueError",
    }
    assert b"ada@" not in body


def test_without_a_collector_none_are_made(collector: tuple[str, list[tuple[str, bytes]]]) -> None:
    _, posted = collector
    _run("")
    assert posted == []
