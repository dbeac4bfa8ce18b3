"""What the data brokers know and do: whom they list, which requests they had, what they answer."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock

from kordant_pipelines.sandbox.world.broker import BrokerSeed, Resident, Says, days
from kordant_pipelines.sandbox.world.customers import Customer
from kordant_pipelines.sandbox.world.letters import Mailbox, compose

MAIL_DOMAIN = "brokers.example"

_WORDS = {
    Says.RECEIVED: "Thank you for contacting us. We have received your request.",
    Says.DONE: "Your information has been removed from our site.",
    Says.REFUSED: "We are unable to verify your request and cannot process it.",
    Says.EXTENDS: "We need an additional 45 days to answer your request.",
    Says.WANTS_ID: "Please provide a copy of your government-issued identification.",
    Says.MUMBLES: "Hello! Please see our help centre for many interesting articles.",
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A person as a broker's page shows them."""

    id: str
    name: str
    city: str
    region: str | None


@dataclass
class Filed:
    """A request a broker has: `had_at` is None until its link was followed."""

    reference: str
    reply_to: str
    profile_id: str | None
    token: str
    times: int = 1
    had_at: datetime | None = None


@dataclass
class _Desk:
    seed: BrokerSeed
    filed: dict[str, Filed] = field(default_factory=dict[str, Filed])
    removed: dict[str, datetime] = field(default_factory=dict[str, datetime])
    relisted: dict[str, datetime] = field(default_factory=dict[str, datetime])


class BrokerRegister:
    """All brokers of the sandbox; every method is safe from any thread."""

    def __init__(
        self,
        seeds: Iterable[BrokerSeed],
        residents: Iterable[Resident],
        customers: Iterable[Customer],
        mailbox: Mailbox,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._now = now
        self._mailbox = mailbox
        self._lock = RLock()
        self._desks = {seed.key: _Desk(seed) for seed in seeds}
        homes = {resident.ref: resident for resident in residents}
        self._people = [(one.name, homes[one.ref]) for one in customers if one.ref in homes]

    def seeds(self) -> Sequence[BrokerSeed]:
        """The brokers as they were invented."""
        return [desk.seed for desk in self._desks.values()]

    def seed(self, key: str) -> BrokerSeed | None:
        """One of them."""
        desk = self._desks.get(key)
        return desk.seed if desk else None

    def search(self, key: str, name: str) -> list[Profile]:
        """Who of that name is listed now. A namesake elsewhere always is."""
        with self._lock:
            desk = self._desks[key]
            found: list[Profile] = []
            for person, home in self._people:
                if person.casefold() != name.casefold() or not desk.seed.lists:
                    continue
                profile = Profile(_profile_id(key, home.ref), person, home.city, home.region)
                found += [
                    Profile(_profile_id(key, f"{person}/{number}"), person, "Nowhereville", "ZZ")
                    for number in range(desk.seed.namesakes)
                ]
                if self._is_listed(desk, profile.id):
                    found.append(profile)
            return found

    def file(self, key: str, reference: str, reply_to: str, profile: str) -> Filed:
        """Take a request in; one whose reference is there already only counts once more."""
        with self._lock:
            desk, now = self._desks[key], self._now()
            if (known := desk.filed.get(reference)) is not None:
                known.times += 1
                return known
            token = hashlib.sha256(f"{key}/{reference}".encode()).hexdigest()[:20]
            filed = Filed(reference, reply_to, profile.rpartition("/")[2] or None, token)
            desk.filed[reference] = filed
            if not desk.seed.confirms:
                self._begin(desk, filed, now)
            return filed

    def confirm(self, key: str, token: str) -> bool:
        """Follow the link of a mail; False if there is no such token."""
        with self._lock:
            desk = self._desks[key]
            for filed in desk.filed.values():
                if filed.token == token:
                    if filed.had_at is None:
                        self._begin(desk, filed, self._now())
                    return True
            return False

    def send_link(self, key: str, filed: Filed, url: str) -> None:
        """Mail the confirmation link."""
        text = f"Please confirm your removal request by following this link:\n\n{url}\n"
        self._mail(key, filed, "confirm", "Confirm your removal request", text, self._now())

    def knows(self, key: str, reference: str) -> bool:
        """Whether a request with this reference is there."""
        with self._lock:
            return reference in self._desks[key].filed

    def filed(self, key: str) -> list[Filed]:
        """All requests a broker has had."""
        with self._lock:
            return list(self._desks[key].filed.values())

    def relist(self, key: str, ref: str) -> None:
        """Have a broker list a customer again, as if it had bought the data anew."""
        with self._lock:
            desk = self._desks[key]
            desk.relisted[_profile_id(key, ref)] = self._now()

    def _is_listed(self, desk: _Desk, profile_id: str) -> bool:
        now = self._now()
        removed = desk.removed.get(profile_id)
        relisted = desk.relisted.get(profile_id)
        if removed is None or now < removed:
            return True
        return relisted is not None and removed <= relisted <= now

    def _begin(self, desk: _Desk, filed: Filed, now: datetime) -> None:
        filed.had_at = now
        seed, profile_id = desk.seed, filed.profile_id
        if seed.removes_after is not None and profile_id:
            self._remove(desk, profile_id, now)
            for other in self._desks.values():
                if other.seed.covered_by == seed.key and other.seed.removes_after is not None:
                    ref = self._ref_of(seed.key, profile_id)
                    self._remove(other, _profile_id(other.seed.key, ref), now)
        for place, answer in enumerate(seed.answers):
            self._mail(
                seed.key,
                filed,
                f"{answer.says.value}.{place}",
                "Your privacy request",
                _WORDS[answer.says],
                now + days(answer.after_days),
            )

    def _remove(self, desk: _Desk, profile_id: str, now: datetime) -> None:
        gone = now + days(desk.seed.removes_after or 0)
        again = profile_id in desk.removed
        desk.removed[profile_id] = gone
        desk.relisted.pop(profile_id, None)
        if desk.seed.relists_after is not None and not again:
            desk.relisted[profile_id] = gone + days(desk.seed.relists_after)

    def _ref_of(self, key: str, profile_id: str) -> str:
        return next(
            (home.ref for _, home in self._people if _profile_id(key, home.ref) == profile_id), ""
        )

    def _mail(
        self, key: str, filed: Filed, mark: str, subject: str, text: str, at: datetime
    ) -> None:
        mail = compose(
            sender=f"Privacy team <privacy@{key}.{MAIL_DOMAIN}>",
            to=filed.reply_to,
            subject=subject,
            text=text,
            at=at,
            message_id=f"<{filed.token}.{mark}@{key}.{MAIL_DOMAIN}>",
        )
        self._mailbox.deliver(mail, at)


def _profile_id(key: str, ref: str) -> str:
    return hashlib.sha256(f"{key}/{ref}".encode()).hexdigest()[:16]
