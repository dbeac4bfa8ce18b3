"""`python -m …killed_run SUBSCRIPTION NOW`: one run in a process of its own, to be killed.

The settings come from the environment; NOW, in ISO 8601, is what its clock shows.
"""

import sys
from datetime import datetime

from kordant_pipelines.services.container import open_services
from kordant_pipelines.settings import load_settings


def main() -> None:
    """Process the subscription at that moment."""
    subscription, now = sys.argv[1], datetime.fromisoformat(sys.argv[2])
    services = open_services(load_settings(), clock=lambda: now)
    services.remove_brokers.process(subscription, "killed")


if __name__ == "__main__":
    main()
