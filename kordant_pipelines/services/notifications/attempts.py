"""One attempt at one message: send it if that is safe, ask the provider first if it is not."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.providers.sending import (
    Absent,
    Blocked,
    Outcome,
    Refused,
    Sender,
    Sent,
    TryLater,
    Unknown,
)
from kordant_pipelines.services.notifications.claims import Claim, ClaimLost, Claims
from kordant_pipelines.services.notifications.planning import LOOK_AGAIN

GIVE_UP: Final = timedelta(days=3)
"""Age at which a message that could not be sent, or found, is let be."""
_WAITS: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240))


@dataclass
class Attempted:
    """What came of the attempts, in messages by what became of them, and what an operator must
    mend: "twilio: bad_key"."""

    counts: Counter[str] = field(default_factory=Counter[str])
    reasons: Counter[str] = field(default_factory=Counter[str])
    blocked: set[str] = field(default_factory=set[str])


class Attempts:
    """Attempts of one run."""

    def __init__(self, claims: Claims, clock: Clock) -> None:
        self._claims = claims
        self._clock = clock
        self.done = Attempted()

    async def attempt(self, delivery_id: str, sender: Sender) -> None:
        """Claim a message and do the next thing that is to be done about it.

        One that is someone else's, or not due, is left alone.
        """
        claim = self._claims.claim(delivery_id)
        if claim is None:
            return
        try:
            if claim.in_doubt_since is None:
                await self._send(claim, sender, in_doubt=False)
            else:
                await self._resolve(claim, claim.in_doubt_since, sender)
        except ClaimLost:
            self.done.counts["left to another run"] += 1

    async def _resolve(self, claim: Claim, since: datetime, sender: Sender) -> None:
        """End a doubt: by sending it again where that is known to be harmless, or by asking."""
        age = self._clock() - since
        if age < sender.replays_for:
            await self._send(claim, sender, in_doubt=True)
            return
        if sender.settles_in is None:
            self._unconfirmed(claim, "cannot_be_asked")
            return
        match await sender.find(claim.payload, since):
            case Sent(provider_id):
                self._claims.sent(claim, provider_id)
                self.done.counts["found to be sent"] += 1
            case Absent() if age < sender.settles_in:
                self._again(claim, since + sender.settles_in, "settling", in_doubt=True)
            case Absent():
                await self._send(self._claims.is_absent(claim), sender, in_doubt=False)
            case Unknown(reason):
                if self._clock() - claim.created_at > GIVE_UP:
                    self._unconfirmed(claim, reason)
                else:
                    self._again(claim, self._next(claim), reason, in_doubt=True)
            case Blocked(reason):
                self._blocked(claim, reason, in_doubt=True)

    async def _send(self, claim: Claim, sender: Sender, *, in_doubt: bool) -> None:
        handing_over = partial(self._claims.handing_over, claim)
        outcome = await sender.send(claim.payload, claim.delivery_id, handing_over)
        self._record(claim, sender, outcome, in_doubt=in_doubt)

    def _record(self, claim: Claim, sender: Sender, outcome: Outcome, *, in_doubt: bool) -> None:
        """`in_doubt`: whether it was before this attempt; no refusal of this one lifts that."""
        match outcome:
            case Sent(provider_id):
                self._claims.sent(claim, provider_id)
                self.done.counts["sent"] += 1
            case TryLater(reason, after):
                if not in_doubt and self._clock() - claim.created_at > GIVE_UP:
                    self._failed(claim, "gave_up")
                    return
                self._again(claim, self._next(claim, after), reason, in_doubt=in_doubt)
            case Refused(reason, suppression):
                self._claims.failed(claim, reason, suppression)
                self.done.counts["refused"] += 1
                self.done.reasons[f"{claim.provider}: {reason}"] += 1
            case Blocked(reason):
                self._blocked(claim, reason, in_doubt=in_doubt)
            case Unknown(reason):
                if sender.settles_in is None and not sender.replays_for:
                    self._unconfirmed(claim, reason)
                    return
                settled = self._clock() + (sender.settles_in or timedelta(0))
                self._again(claim, max(settled, self._next(claim)), reason, in_doubt=True)

    def _blocked(self, claim: Claim, reason: str, *, in_doubt: bool) -> None:
        self._again(claim, self._clock() + LOOK_AGAIN, reason, in_doubt=in_doubt)
        self.done.blocked.add(f"{claim.provider}: {reason}")

    def _again(self, claim: Claim, at: datetime, reason: str, *, in_doubt: bool) -> None:
        self._claims.again(claim, at, reason, in_doubt=in_doubt)
        self.done.counts["in doubt" if in_doubt else "to be tried again"] += 1
        self.done.reasons[f"{claim.provider}: {reason}"] += 1

    def _failed(self, claim: Claim, reason: str) -> None:
        self._claims.failed(claim, reason)
        self.done.counts["given up"] += 1
        self.done.reasons[f"{claim.provider}: {reason}"] += 1

    def _unconfirmed(self, claim: Claim, reason: str) -> None:
        self._claims.unconfirmed(claim, reason)
        self.done.counts["unconfirmed"] += 1
        self.done.reasons[f"{claim.provider}: {reason}"] += 1

    def _next(self, claim: Claim, after: float | None = None) -> datetime:
        """When to try again: no sooner than the provider asked, and ever more rarely."""
        wait = _WAITS[min(claim.attempts, len(_WAITS)) - 1]
        return self._clock() + max(wait, timedelta(seconds=after or 0))
