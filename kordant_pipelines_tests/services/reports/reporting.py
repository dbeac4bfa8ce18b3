"""Reports of a process that dies under way, and what is left of them."""

import os
import signal
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import func, select
from typing_extensions import override

from kordant_pipelines.domain.notices import SubjectKind
from kordant_pipelines.security.keyring import Keyring
from kordant_pipelines.security.links import LinkSigner
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.notifications.links import Links
from kordant_pipelines.services.people import People
from kordant_pipelines.services.reports.reports import Reports
from kordant_pipelines.settings import Settings
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import NotificationRow, ReportRow
from kordant_pipelines.storage.objects import ObjectStore
from kordant_pipelines_tests.clock import HandClock


class Step(StrEnum):
    """Where a process dies."""

    BEFORE_STORING = "before storing"
    STORED_NOT_RECORDED = "stored, not recorded"
    RECORDED = "recorded"


class _Deadly(ObjectStore):
    """A store in a process that is killed beside it."""

    def __init__(self, url: str, step: Step) -> None:
        super().__init__(url)
        self._step = step

    @override
    def put(self, folder: str, name: str, content: bytes) -> None:
        if self._step is Step.BEFORE_STORING:
            die()
        super().put(folder, name, content)
        if self._step is Step.STORED_NOT_RECORDED:
            die()


def die() -> None:
    """End this process as the kernel would, with nothing cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def reports_with(
    settings: Settings, keyring: Keyring, clock: Callable[[], datetime], store: ObjectStore
) -> Reports:
    """The service on another store."""
    if settings.database_url is None:
        raise ValueError(settings)
    return Reports(
        Database(settings.database_url),
        People.with_keyring(keyring),
        store,
        Links(
            public_url=None,
            unsubscribe=LinkSigner(keyring, "unsubscribe"),
            report=LinkSigner(keyring, "report"),
            report_lasts=timedelta(days=30),
        ),
        clock,
    )


def generate_in_a_process_that_dies(
    settings: Settings, keyring: Keyring, now: datetime, subscription: str, step: Step
) -> int | None:
    """Generate in a process of its own; how it ended (-9: killed)."""
    process = get_context("spawn").Process(
        target=_generate, args=(settings, keyring, now, subscription, step)
    )
    process.start()
    process.join(60)
    return process.exitcode


def _generate(
    settings: Settings, keyring: Keyring, now: datetime, subscription: str, step: Step
) -> None:
    store = _Deadly(settings.report_store, step)
    reports_with(settings, keyring, HandClock(now), store).generate(subscription, "run-dies")
    die()


def left(services: Services) -> tuple[int, int]:
    """How many reports and notifications of reports the database holds."""
    with services.database.transaction() as session:
        reports = session.scalar(select(func.count()).select_from(ReportRow))
        news = session.scalar(
            select(func.count())
            .select_from(NotificationRow)
            .where(NotificationRow.subject == SubjectKind.REPORT)
        )
        return reports or 0, news or 0


def stored(settings: Settings) -> Sequence[Path]:
    """The documents in the store's folder."""
    folder = Path(settings.report_store.removeprefix("file://"))
    return sorted(path for path in folder.rglob("*") if path.is_file())
