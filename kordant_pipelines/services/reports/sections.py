"""What other handlers contribute to a report. Each function is the one place to join theirs in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kordant_pipelines.domain.reports.periods import Period
from kordant_pipelines.domain.reports.sections import Absence, Brokers, Properties, Voice
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.services.hometitle.reporting import report_properties
from kordant_pipelines.services.removals.reporting import gather_removals
from kordant_pipelines.services.voice.reporting import report_voice


def gather_brokers(
    session: Session, subscription_id: str, moments: Sequence[datetime]
) -> Brokers | Absence:
    """The removals, as they stood at the last of `moments`; their history at each of them."""
    return gather_removals(session, subscription_id, moments)


def gather_properties(
    session: Session, cipher: UserCipher, subscription_id: str, moments: Sequence[datetime]
) -> Properties | Absence:
    """The properties' recorded documents, as `gather_brokers`."""
    return report_properties(session, cipher, subscription_id, moments)


def gather_voice(session: Session, subscription_id: str, covers: Period) -> Voice | Absence:
    """The recordings assessed in the period that the report covers."""
    return report_voice(session, subscription_id, covers)
