"""What ops receive: the services, opened once per process and kept while its runs come and go."""

import os
import threading
from collections.abc import Mapping

from dagster import ConfigurableResource, InitResourceContext

from kordant_pipelines.services.container import Services, open_services
from kordant_pipelines.settings import load_settings
from kordant_pipelines.telemetry.logs import configure_logs
from kordant_pipelines.telemetry.traces import configure_traces

_open: list[Services] = []
_lock = threading.Lock()


class ServicesResource(ConfigurableResource[Services]):
    """The services, configured by the environment alone: nothing secret enters run config."""

    def create_resource(self, context: InitResourceContext) -> Services:
        """The process's services. A warm worker keeps their connections between runs."""
        del context
        return process_services()


def process_services() -> Services:
    """The services of this process, opened on first use and never shared with a forked child."""
    with _lock:
        if not _open:
            settings = load_settings()
            configure_logs(settings.log_format)
            configure_traces(settings.otlp_url, "jobs")
            _open.append(open_services(settings))
        return _open[0]


def _start_anew() -> None:
    global _lock
    _lock = threading.Lock()  # the parent may have held it when it forked
    _open.clear()


os.register_at_fork(after_in_child=_start_anew)


def default_resources() -> Mapping[str, object]:
    """The resources every code location of ours has."""
    return {"services": ServicesResource()}
