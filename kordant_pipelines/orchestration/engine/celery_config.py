"""What launcher and workers must agree on: queue, broker options, how tasks are acknowledged."""

from typing import Any

QUEUE = "dagster"


def celery_settings() -> dict[str, Any]:
    """Celery's settings, the same on every host."""
    return {
        "task_default_queue": QUEUE,
        "task_serializer": "json",
        "accept_content": ["json"],
        "worker_prefetch_multiplier": 1,
        # A child grows by some 300 kB a run; a fresh one costs a few seconds of imports.
        "worker_max_tasks_per_child": 300,
        # A lost run is failed by run monitoring; a redelivered one could run twice.
        "task_acks_late": False,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {"visibility_timeout": 6 * 3600},
        "result_expires": 2 * 24 * 3600,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_send_task_events": False,
    }
