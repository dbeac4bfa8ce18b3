"""What a run of voice jobs did."""

from collections import Counter
from dataclasses import dataclass, field

from kordant_pipelines.domain.subscriptions import Tier
from kordant_pipelines.domain.voice.work import VoiceState
from kordant_pipelines.services.voice.analysing import Finding


@dataclass(slots=True)
class BatchReport:
    """Ids and counts only, so that Dagster may show it. `seconds` is how much audio was heard."""

    subscription_id: str
    tier: Tier
    enrolled: int = 0
    analysed: int = 0
    lost: int = 0
    seconds: float = 0.0
    alerts: int = 0
    notifications: int = 0
    unusable: Counter[str] = field(default_factory=Counter[str])
    put_off: Counter[str] = field(default_factory=Counter[str])
    failed: Counter[str] = field(default_factory=Counter[str])
    matches: Counter[str] = field(default_factory=Counter[str])
    authenticity: Counter[str] = field(default_factory=Counter[str])

    @property
    def is_whole(self) -> bool:
        """Whether each job taken came to an end that says something about its recording."""
        return not self.put_off and not self.failed

    def found(self, finding: Finding) -> None:
        """Count an analysis."""
        self.analysed += 1
        self.seconds += finding.seconds
        self.matches[finding.match.value] += 1
        self.authenticity[finding.authenticity.value] += 1

    def put_aside(self, state: VoiceState | None, reason: str) -> None:
        """Count a job that a model's service did not answer for."""
        match state:
            case None:
                self.lost += 1
            case VoiceState.FAILED:
                self.failed[reason] += 1
            case _:
                self.put_off[reason] += 1

    def sentence(self) -> str:
        """The counts in words."""
        parts = [
            f"{self.enrolled} enrolled" if self.enrolled else "",
            f"{self.analysed} analysed" if self.analysed else "",
            *(f"{count} not evaluable ({why})" for why, count in sorted(self.unusable.items())),
            *(f"{count} put off ({why})" for why, count in sorted(self.put_off.items())),
            *(f"{count} failed ({why})" for why, count in sorted(self.failed.items())),
            f"{self.lost} left to another run" if self.lost else "",
        ]
        return ", ".join(part for part in parts if part) or "nothing was waiting"
