"""What a run does outside: looking, filing, writing, following links; and what came of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from kordant_pipelines.domain.removals.brokers import Broker, FormRecipe, Method
from kordant_pipelines.domain.removals.letters import compose_letter
from kordant_pipelines.domain.removals.references import letter_id, reply_address
from kordant_pipelines.domain.removals.requests import Request
from kordant_pipelines.domain.removals.states import Event
from kordant_pipelines.domain.removals.steps import Action
from kordant_pipelines.providers.brokers.client import AnswerNotUnderstood, CaptchaShown
from kordant_pipelines.providers.brokers.filling import Filling
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    RetryableProviderError,
    UnavailableProviderError,
    UnsentProviderError,
)
from kordant_pipelines.providers.smtp.letters import Outgoing
from kordant_pipelines.services.removals.access import BrokerAccess, Mailbox

RECONCILE_EVERY: Final = timedelta(hours=1)
NO_COPY: Final = timedelta(days=1)
"""Without our copy of a letter after so long, it had not been sent. Sent again, it is the same."""
NO_TRACE: Final = timedelta(days=2)
"""After so long without a trace of a form, the customer is asked: we do not send it blindly."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing to do outside for one request, as it stood when it was claimed."""

    request_id: str
    action: Action
    broker: Broker
    request: Request
    filling: Filling
    link: str | None = None

    def __repr__(self) -> str:
        return f"Errand({self.request_id}, {self.action.value})"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an errand.

    `seen` is what a look saw, with the profile's address; `event` what happened otherwise; neither
    means that nothing is known, for `reason`. `again_in` is the least wait, `uncounted` says that
    nothing went out, `permanent` that trying again cannot help.
    """

    errand: Errand
    seen: bool | None = None
    profile_url: str | None = None
    event: Event | None = None
    reason: str | None = None
    permanent: bool = False
    again_in: timedelta | None = None
    uncounted: bool = False

    def __repr__(self) -> str:
        return f"Outcome({self.errand!r}, {self.seen}, {self.event}, {self.reason})"


class Errands:
    """Runs errands against the outside world."""

    def __init__(self, access: BrokerAccess, now: Callable[[], datetime]) -> None:
        self._access = access
        self._now = now
        self._doing: Mapping[Action, Callable[[Errand], Awaitable[Outcome]]] = {
            Action.LOOK: self._look,
            Action.SUBMIT: self._submit,
            Action.RECONCILE: self._reconcile,
            Action.CONFIRM: self._confirm,
        }

    @property
    def actions(self) -> frozenset[Action]:
        """The actions that are errands."""
        return frozenset(self._doing)

    async def run(self, errand: Errand) -> Outcome:
        """Do it; a provider's failure is an outcome too."""
        return await self._doing[errand.action](errand)

    async def _look(self, errand: Errand) -> Outcome:
        try:
            async with self._access.site(errand.broker) as site:
                found = await site.find(errand.filling)
        except ProviderError as error:
            return _unknown(errand, error)
        return Outcome(errand, seen=found is not None, profile_url=found.link if found else None)

    async def _submit(self, errand: Errand) -> Outcome:
        try:
            if errand.broker.method is Method.EMAIL:
                await self._write(errand)
                return Outcome(errand, event=Event.ACCEPTED)
            async with self._access.site(errand.broker) as site:
                await site.file(errand.filling)
        except CaptchaShown:
            return Outcome(errand, event=Event.CUSTOMER_NEEDED, reason="captcha")
        except AnswerNotUnderstood:
            reason = ErrorCode.SCHEMA_DRIFT.value
            return Outcome(errand, reason=reason, permanent=True, again_in=RECONCILE_EVERY)
        except ProviderError as error:
            if _may_have_arrived(error):
                return replace(_unknown(errand, error), again_in=RECONCILE_EVERY)
            return _not_sent(errand, error)
        return Outcome(errand, event=_accepted_as(errand.broker.form))

    async def _write(self, errand: Errand) -> None:
        mailbox, broker = self._mailbox, errand.broker
        if broker.email is None:
            raise ValueError(f"{broker.key} has no address, and cannot be asked by letter")
        await self._access.admit_letter(broker)
        letter = compose_letter(
            errand.request.regime,
            broker,
            errand.filling.person,
            errand.filling.reference,
            errand.filling.profile_url or None,
        )
        await mailbox.sender.send(
            Outgoing(
                sender=errand.filling.reply_to,
                recipient=broker.email,
                copy_to=mailbox.address,
                message_id=letter_id(
                    mailbox.address, errand.filling.reference, errand.request.attempts
                ),
                subject=letter.subject,
                body=letter.body,
            )
        )

    async def _reconcile(self, errand: Errand) -> Outcome:
        """What became of a submission nobody recorded. The inbox was read before: it left none."""
        waited = self._now() - errand.request.state_since
        try:
            if errand.broker.form is not None:
                async with self._access.site(errand.broker) as site:
                    knows = await site.knows(errand.filling)
                if knows:
                    return Outcome(errand, event=_accepted_as(errand.broker.form), reason="known")
                # It may not be on its list yet.
                if knows is False and waited >= RECONCILE_EVERY:
                    return _never_arrived(errand, "not_known")
        except ProviderError as error:
            if waited < NO_TRACE:
                return replace(_unknown(errand, error), again_in=RECONCILE_EVERY)
        if errand.broker.method is Method.EMAIL and waited >= NO_COPY:
            return _never_arrived(errand, "no_copy")
        if errand.broker.method is not Method.EMAIL and waited >= NO_TRACE:
            return Outcome(errand, event=Event.CUSTOMER_NEEDED, reason="no_trace")
        return Outcome(errand, reason="no_trace_yet", again_in=RECONCILE_EVERY)

    async def _confirm(self, errand: Errand) -> Outcome:
        try:
            async with self._access.site(errand.broker) as site:
                await site.follow(errand.link or "")
        except PermanentProviderError as error:
            reason = error.code.value
            return Outcome(errand, event=Event.REFUSED, reason=reason, permanent=True)
        except ProviderError as error:
            return _unknown(errand, error)
        return Outcome(errand, event=Event.CONFIRMED)

    @property
    def _mailbox(self) -> Mailbox:
        if self._access.mailbox is None:
            raise RuntimeError("Nothing is submitted without a mailbox: ask `needs_mailbox` first")
        return self._access.mailbox


def filling_for(
    errand_reference: str, filling: Filling, mailbox: Mailbox | None, profile_url: str | None
) -> Filling:
    """What the recipes of one request are filled with."""
    reply_to = reply_address(mailbox.address, errand_reference) if mailbox else ""
    return replace(
        filling, reference=errand_reference, reply_to=reply_to, profile_url=profile_url or ""
    )


def _never_arrived(errand: Errand, reason: str) -> Outcome:
    return Outcome(errand, event=Event.NOT_SENT, reason=reason, uncounted=True)


def _accepted_as(form: FormRecipe | None) -> Event:
    return Event.MAIL_AWAITED if form and form.confirms_by_mail else Event.ACCEPTED


def _may_have_arrived(error: ProviderError) -> bool:
    # Whatever a gateway answers for a server behind it: that one may have the form.
    return (
        isinstance(error, UnavailableProviderError)
        and not isinstance(error, UnsentProviderError)
        and error.code is not ErrorCode.LIMITER_UNAVAILABLE
    )


def _unknown(errand: Errand, error: ProviderError) -> Outcome:
    return Outcome(
        errand,
        reason=error.code.value,
        permanent=isinstance(error, PermanentProviderError),
        again_in=_named(error),
    )


def _not_sent(errand: Errand, error: ProviderError) -> Outcome:
    """What certainly did not reach the broker. If for good, that is a trouble of the broker's."""
    return Outcome(
        errand,
        event=Event.NOT_SENT,
        reason=error.code.value,
        permanent=isinstance(error, PermanentProviderError),
        again_in=_named(error),
        uncounted=True,
    )


def _named(error: ProviderError) -> timedelta | None:
    seconds = error.retry_after if isinstance(error, RetryableProviderError) else None
    return None if seconds is None else timedelta(seconds=seconds)
