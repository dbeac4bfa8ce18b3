"""Reports: generating, listing, opening, linking, erasing."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import select

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.domain.errors import KordantError, RefusedInput, UnknownSubscription
from kordant_pipelines.domain.reports.periods import REPORTS, Period
from kordant_pipelines.security.links import LinkRefused
from kordant_pipelines.security.vault import Undecipherable
from kordant_pipelines.services.notifications.links import Links
from kordant_pipelines.services.people import People
from kordant_pipelines.services.reports.record import (
    DOCUMENT_COLUMN,
    Generated,
    ReportRecord,
    as_record,
    document_name,
    held_report,
)
from kordant_pipelines.services.subscriptions import require_active
from kordant_pipelines.storage.database import Database
from kordant_pipelines.storage.models import ReportRow, SubscriptionRow
from kordant_pipelines.storage.objects import ObjectStore


class NoReportOwed(RefusedInput):
    """The subscription's tier has no report, or the period it would cover is not over."""


class UnknownReport(RefusedInput):
    """No report has this id."""


class DocumentLost(KordantError):
    """A report is recorded, but its document is gone from the store, or is not what was stored."""


class Reports:
    """The reports of one domain database and one store."""

    def __init__(
        self,
        database: Database,
        people: People,
        store: ObjectStore,
        links: Links,
        clock: Clock,
    ) -> None:
        self._database = database
        self._people = people
        self._store = store
        self._links = links
        self._clock = clock

    def generate(
        self,
        subscription_id: str,
        run_id: str,
        period_key: str | None = None,
        *,
        slot: str | None = None,
    ) -> Generated:
        """Make the report of the period named, or owed, or else the present one; once.

        `slot` is the calendar's name of the period for which the run is owed; one of another kind,
        for the tier changed since, is passed over.

        Raises:
            UnknownSubscription, InactiveSubscription, NoReportOwed: it is owed none.
            RefusedInput: `period_key` names no period of its kind.
            StoreUnusable: the document could not be stored; nothing was recorded.
        """
        from kordant_pipelines.services.reports.generate import generate_report

        with self._database.transaction() as session:
            subscription = require_active(session, subscription_id)
            period = self._period(subscription, period_key, slot)
            held = held_report(session, subscription_id, period)
            if held is not None:
                return Generated(as_record(held), None, 0)
        return generate_report(
            self._database,
            self._people,
            self._store,
            self._clock,
            subscription_id=subscription_id,
            period=period,
            run_id=run_id,
        )

    def of(self, subscription_id: str) -> Sequence[ReportRecord]:
        """A subscription's reports, oldest first.

        Raises:
            UnknownSubscription: there is none with this id.
        """
        with self._database.transaction() as session:
            if session.get(SubscriptionRow, subscription_id) is None:
                raise UnknownSubscription(subscription_id)
            rows = session.scalars(
                select(ReportRow)
                .where(ReportRow.subscription_id == subscription_id)
                .order_by(ReportRow.first_day, ReportRow.kind)
            )
            return [as_record(row) for row in rows]

    def document(self, report_id: str) -> tuple[ReportRecord, bytes]:
        """A report and its PDF: personal data, to be handed to its owner alone.

        Raises:
            UnknownReport: there is none with this id.
            DocumentLost: its document is gone, or not what was stored.
            StoreUnusable: the store does not answer.
        """
        with self._database.transaction() as session:
            row = session.get(ReportRow, report_id)
            if row is None:
                raise UnknownReport(
                    f"There is no report {report_id!r}. `kordant reports list SUBSCRIPTION` shows "
                    "those there are."
                )
            cipher = self._people.cipher_of(session, row.subscription_id)
        sealed = self._store.get(row.subscription_id, document_name(row.kind, row.period))
        if sealed is None:
            raise DocumentLost(
                f"The document of report {report_id} is gone from {self._store.url}. Restore it "
                "from a backup of the store."
            )
        try:
            pdf = cipher.decrypt_bytes(sealed, DOCUMENT_COLUMN)
        except Undecipherable:
            pdf = b""
        if hashlib.sha256(pdf).hexdigest() != row.checksum:
            raise DocumentLost(
                f"The document of report {report_id} in {self._store.url} is not the one that was "
                "stored. Restore it from a backup of the store."
            )
        return as_record(row), pdf

    def open_link(self, token: str) -> tuple[ReportRecord, bytes]:
        """The report behind the token of a link (`Links.to_report`), for whoever holds it.

        Raises:
            LinkRefused: the link is not ours, has expired, or its report is no more.
            DocumentLost, StoreUnusable: as `document`.
        """
        report_id = self._links.report.subject(token, self._clock())
        try:
            return self.document(report_id)
        except UnknownReport:
            raise LinkRefused("What the link opened is no more.") from None

    def erase(self, subscription_id: str) -> int:
        """Remove every document of a subscription from the store; how many there were.

        The rows go with the subscription's; this reaches what was stored and never recorded too.
        """
        return self._store.remove_all(subscription_id)

    def _period(self, subscription: SubscriptionRow, key: str | None, slot: str | None) -> Period:
        kind = REPORTS.get(subscription.tier)
        if kind is None:
            raise NoReportOwed(
                f"Subscription {subscription.id} is {subscription.tier.value}, and that tier has "
                f"no report; {' and '.join(tier.value for tier in REPORTS)} have."
            )
        present = Period.containing(kind, self._clock())
        owed = Period.of_kind(kind, slot) if slot else None
        period = Period.parse(kind, key) if key else owed or present
        if period.first_day > present.first_day:
            raise NoReportOwed(
                f"A report of {period.key} tells of {period.previous.key}, which is not over. Give "
                f"{present.key} or an earlier period."
            )
        return period
