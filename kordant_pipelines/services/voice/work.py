"""Working a subscription's voice jobs off, batch by batch."""

from typing import Final

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.services.people import People
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.services.voice.batch import Batch, Bench
from kordant_pipelines.services.voice.enrolling import owe_other_model
from kordant_pipelines.services.voice.models import SharedEngine
from kordant_pipelines.services.voice.queue import VoiceQueue
from kordant_pipelines.services.voice.report import BatchReport
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models.base import new_id

CLAIMED: Final = 8
"""Jobs taken at a time: what a killed worker holds comes up again only when its lease ends."""
BATCHES: Final = 50
"""After so many a run ends, so that one subscription's flood does not keep a worker for hours."""


class VoicePrint:
    """Works off the voice jobs of one domain database."""

    def __init__(
        self,
        database: Database,
        people: People,
        queue: VoiceQueue,
        engine: SharedEngine,
        clock: Clock,
    ) -> None:
        self._database = database
        self._people = people
        self._queue = queue
        self._engine = engine
        self._clock = clock

    def work(self, subscription_id: str, run_id: str) -> BatchReport:
        """Work off what waits for one subscription, until nothing does.

        Each job is written once, by whoever holds its lease then, in one transaction with its
        result and alerts; a worker killed before that leaves nothing behind but the lease.

        Raises:
            UnknownSubscription, InactiveSubscription: nothing may run for it; nothing was done.
            Misconfigured: a model is missing or wrong; nothing was taken.
        """
        with self._database.transaction() as session:
            report = BatchReport(subscription_id, require_active(session, subscription_id).tier)
        engine = self._engine()
        with self._database.transaction() as session:
            owe_other_model(
                session, subscription_id, engine.model.speaker.info.sha256, self._clock()
            )
        bench = Bench(self._database, self._people, self._queue, self._clock, engine)
        batch = Batch(bench, report, run_id)
        lease = new_id("lse")()
        for _ in range(BATCHES):
            claims = self._queue.claim(subscription_id, lease=lease, run_id=run_id, limit=CLAIMED)
            if not claims:
                break
            batch.do(claims)
        if not report.is_whole:
            self._engine.forget()
        return report
