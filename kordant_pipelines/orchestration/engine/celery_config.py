"""What launcher and workers must agree on: queue, priorities, how tasks are acknowledged."""

from typing import Any

QUEUE = "dagster"

NO_RESULTS = "disabled://"
"""No result backend: the job-status record is Dagster's, and heartbeats tell who lives."""

PRIORITY_STEPS = (0, 3, 6, 9)
"""The broker keeps a list for each; workers take from the first that holds something."""


def celery_settings() -> dict[str, Any]:
    """Celery's settings, the same on every host."""
    return {
        "task_default_queue": QUEUE,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,
        # A worker takes no more than it can begin: what it held back, another could have begun.
        "worker_prefetch_multiplier": 1,
        "worker_disable_prefetch": True,
        # A lost run is failed by the run watch; a redelivered one could run twice.
        "task_acks_late": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "visibility_timeout": 6 * 3600,
            "priority_steps": list(PRIORITY_STEPS),
            "queue_order_strategy": "priority",
        },
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_send_task_events": False,
    }


def broker_priority(priority: int) -> int:
    """The broker's step for a run's priority, which is Dagster's: highest first, 0 by default."""
    if priority >= 20:
        return PRIORITY_STEPS[0]
    if priority >= 0:
        return PRIORITY_STEPS[1]
    return PRIORITY_STEPS[2] if priority >= -10 else PRIORITY_STEPS[3]


def broker_lists(queue: str) -> list[str]:
    """The names of the lists in which the broker keeps a queue: kombu's, for each priority."""
    return [f"{queue}\x06\x16{step}" if step else queue for step in PRIORITY_STEPS]
