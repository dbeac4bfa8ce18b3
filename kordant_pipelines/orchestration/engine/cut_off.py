"""Fails the runs that a stop had to cut off, and owes their retries.

`python -m kordant_pipelines.orchestration.engine.cut_off WORKER`, once that worker was killed and
while the servers still run.
"""

import sys

from dagster import DagsterInstance

from kordant_pipelines.orchestration.engine.broker import Broker
from kordant_pipelines.orchestration.engine.run_watch import RunWatch
from kordant_pipelines.orchestration.resources import process_services
from kordant_pipelines.settings import load_settings


def main(worker_id: str) -> None:
    """End them, and say how many."""
    broker = Broker(load_settings().broker_url or "")
    with DagsterInstance.get() as instance:
        ended = RunWatch(instance, process_services(), broker).cut_off(worker_id)
    sys.stdout.write(f"{len(ended)} runs were cut off and are owed a retry\n")


if __name__ == "__main__":
    main(sys.argv[1])
