"""Where Celery keeps a task's state, which the launcher asks for when it checks a run's health."""

from celery.backends.redis import RedisBackend


class QuietResults(RedisBackend):
    """Redis results without a subscription for each task sent.

    Celery's own subscribes the sender to every task's result. Nobody here waits for results, so
    the daemon would gather subscriptions for as long as it lives, and a broker that is down would
    hold each launch for 20 s and leave the application unusable.
    """

    def on_task_call(self, producer: object, task_id: str) -> None:
        """Subscribe to nothing."""


def quiet(url: str) -> str:
    """The result backend's URL for Celery: `url`, by way of this class."""
    # What comes before the first "+" is the class; in redis+socket:// that is Celery's own.
    return f"{__name__}:{QuietResults.__name__}+{url.removeprefix('redis+')}"
