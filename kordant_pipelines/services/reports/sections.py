"""What other handlers contribute to a report. Each function is the one place to join theirs in.

Until a handler's records are here, its section says honestly that nothing was looked for.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from kordant_pipelines.domain.reports.periods import Period
from kordant_pipelines.domain.reports.sections import Absence, Brokers, Properties, Voice


def gather_brokers(
    session: Session, subscription_id: str, moments: Sequence[datetime]
) -> Brokers | Absence:
    """The removals, as they stood at the last of `moments`; their history at each of them."""
    del session, subscription_id, moments
    return Absence.NOT_INCLUDED


def gather_properties(
    session: Session, subscription_id: str, moments: Sequence[datetime]
) -> Properties | Absence:
    """The properties' recorded documents, as `gather_brokers`."""
    del session, subscription_id, moments
    return Absence.NOT_INCLUDED


def gather_voice(session: Session, subscription_id: str, covers: Period) -> Voice | Absence:
    """The recordings assessed in the period that the report covers."""
    del session, subscription_id, covers
    return Absence.NOT_INCLUDED
