"""`python -m kordant_pipelines.orchestration.web`: serves until it is told to stop."""

import argparse
from pathlib import Path

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget

from kordant_pipelines.orchestration.resources import process_services
from kordant_pipelines.orchestration.run_record import DagsterRunRecord
from kordant_pipelines.orchestration.web.lock import TrustedProxy
from kordant_pipelines.orchestration.web.server import KordantWebserver
from kordant_pipelines.orchestration.web.watching import watching
from kordant_pipelines.settings import Settings, load_settings
from kordant_pipelines.telemetry.logs import configure_logs
from kordant_pipelines.telemetry.traces import configure_traces

_STATEMENT_TIMEOUT_MS = 15_000


def main() -> None:
    """Serve the UI and the API of this environment's instance."""
    parser = argparse.ArgumentParser(prog="kordant_pipelines.orchestration.web")
    parser.add_argument("-w", "--workspace", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3000)
    options = parser.parse_args()
    settings = load_settings()
    configure_logs(settings.log_format)
    configure_traces(settings.otlp_url, "web")
    with DagsterInstance.get() as instance:
        # The pool keeps sizes of its own; see engine.storage.
        instance.optimize_for_webserver(_STATEMENT_TIMEOUT_MS, 0, 0)
        target = WorkspaceFileTarget([str(options.workspace)])
        with WorkspaceProcessContext(instance, target) as workspace:
            services = process_services()
            server = KordantWebserver(workspace, services, proxy=_proxy(settings))
            uvicorn.run(
                server.create_asgi_app(lifespan=watching(services, DagsterRunRecord(instance))),
                host=options.host,
                port=options.port,
                log_level="warning",
                server_header=False,
                # Whose address a request comes from is a header's word only behind a known proxy.
                proxy_headers=settings.proxy_secret is not None,
            )


def _proxy(settings: Settings) -> TrustedProxy | None:
    if settings.proxy_secret is None:
        return None
    return TrustedProxy(
        settings.proxy_secret.get_secret_value(),
        settings.proxy_user_header,
        settings.proxy_role_header,
    )


if __name__ == "__main__":
    main()
