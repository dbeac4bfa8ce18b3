"""A process that works voice jobs off until none is left: to be killed on the way.

Its clock runs ahead by the minutes it is given, so that leases of killed ones have ended.
"""

import sys
from datetime import datetime, timedelta

from kordant_pipelines.domain.clock import utc_now
from kordant_pipelines.services.container import open_services
from kordant_pipelines.settings import load_settings


def main() -> None:
    """`python -m …worker SUBSCRIPTION RUN MINUTES`."""
    subscription, run_id, minutes = sys.argv[1:]
    ahead = timedelta(minutes=float(minutes))

    def clock() -> datetime:
        return utc_now() + ahead

    services = open_services(load_settings(), clock=clock)
    services.voice.voiceprint.work(subscription, run_id)
    services.close()


if __name__ == "__main__":
    main()
