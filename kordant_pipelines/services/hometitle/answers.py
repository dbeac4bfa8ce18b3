"""What came of asking about a property, and how far it can be relied on."""

from dataclasses import dataclass
from datetime import datetime

from kordant_pipelines.domain.coverage import Coverage, Outcome
from kordant_pipelines.domain.parcels import BLIND_SPOTS, Parcel
from kordant_pipelines.services.hometitle.registers import RegisterAnswer
from kordant_pipelines.services.lookups import LookupFailed


@dataclass(frozen=True, slots=True)
class PropertyAnswer:
    """What a register said of a property, or why it said nothing: one of the last three is set.

    `asked_at` is when the question was sent: what it says may be older than when it came back.
    `uncovered` is a code.
    """

    property_id: str
    parcel: Parcel
    asked_at: datetime
    said: RegisterAnswer | None = None
    failure: LookupFailed | None = None
    uncovered: str | None = None

    def coverage(self, held: int) -> tuple[Coverage, ...]:
        """What this answers, where `held` documents of the property were known before.

        Nothing recorded is never read as nothing happened: a wrong key finds nothing too, and a
        register that held documents yesterday has not lost them.
        """
        register = self.parcel.register
        if self.failure is not None:
            outcome, reason = Outcome.NOT_CHECKED, self.failure.reason
            permanent = self.failure.permanent
        elif self.said is None:
            outcome, reason, permanent = Outcome.UNCOVERED, self.uncovered, True
        elif not self.said.documents and held:
            outcome, reason, permanent = Outcome.NOT_CHECKED, "records_gone", False
        elif not self.said.documents:
            outcome, reason, permanent = Outcome.UNCOVERED, "no_records_for_parcel", True
        else:
            return (
                Coverage(
                    item_id=self.property_id,
                    source=register,
                    outcome=Outcome.CHECKED,
                    as_of=self.asked_at,
                    good_through=self.said.good_through,
                ),
                Coverage(
                    item_id=self.property_id,
                    source=register,
                    outcome=Outcome.UNCOVERED,
                    reason=BLIND_SPOTS[register],
                    permanent=True,
                ),
            )
        return (
            Coverage(
                item_id=self.property_id,
                source=None if reason == "no_source_for_county" else register,
                outcome=outcome,
                reason=reason,
                permanent=permanent,
            ),
        )
