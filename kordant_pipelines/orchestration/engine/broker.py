"""Looking into the broker: whether it answers, and which tasks wait in it."""

import json
from collections.abc import Iterable
from typing import Any, cast

from redis import Redis
from redis.exceptions import RedisError

from kordant_pipelines.orchestration.engine.celery_config import broker_lists
from kordant_pipelines.valkey_url import ValkeyUrl

_ANSWER_SECONDS = 2.0


class Broker:
    """Valkey or Redis, by the project's URL; a connection of its own, made on first use."""

    def __init__(self, url: str) -> None:
        self._client = Redis.from_url(
            ValkeyUrl.parse(url).redis,
            socket_timeout=_ANSWER_SECONDS,
            socket_connect_timeout=_ANSWER_SECONDS,
        )

    def answers(self) -> bool:
        """Whether it takes commands now."""
        try:
            return bool(self._client.ping())
        except (RedisError, OSError):
            return False

    def waiting(self, queues: Iterable[str]) -> set[str] | None:
        """The ids of the tasks that wait in these queues, or None if it does not answer."""
        names = [name for queue in queues for name in broker_lists(queue)]
        try:
            pipeline = self._client.pipeline()
            for name in names:
                pipeline.lrange(name, 0, -1)
            lists = cast("list[list[bytes]]", pipeline.execute())
        except (RedisError, OSError):
            return None
        return {_task_id(message) for messages in lists for message in messages}

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _task_id(message: bytes) -> str:
    envelope: dict[str, Any] = json.loads(message)
    return str(envelope["headers"]["id"])
