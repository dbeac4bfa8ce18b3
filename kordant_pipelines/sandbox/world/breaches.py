"""What Have I Been Pwned knows: the catalogue, the accounts in it, pastes and stealer logs."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from threading import RLock

from kordant_pipelines.sandbox.world.breach import Breach, Paste

TEST_KEY = "0" * 32
"""HIBP's documented test key; here it reads every account, not only the test accounts."""
SANDBOX_KEY = "5a4db0c0ffee5a4db0c0ffee5a4db0c0"
"""A second valid key, so that limits per key can be told apart."""

_HEX6 = re.compile(r"^[0-9A-F]{6}$")


class NameTakenError(Exception):
    """The catalogue already holds a breach of that name; change it instead of publishing it."""


def _normal(email: str) -> str:
    return email.strip().lower()


def _sha1(email: str) -> str:
    return hashlib.sha1(email.encode(), usedforsecurity=False).hexdigest().upper()


class BreachRegister:
    """The breach service's state; every method is safe from any thread."""

    def __init__(
        self,
        breaches: Iterable[Breach],
        accounts: Mapping[str, Iterable[str]],
        pastes: Mapping[str, Iterable[Paste]],
        stealer_domains: Mapping[str, Iterable[str]],
        opted_out: Iterable[str],
        *,
        now: Callable[[], datetime],
    ) -> None:
        self.keys = {TEST_KEY, SANDBOX_KEY}
        self._now = now
        self._lock = RLock()
        self._breaches = {breach.name: breach for breach in breaches}
        self._accounts: dict[str, set[str]] = {}
        self._by_prefix: dict[str, set[str]] = {}
        for email, names in accounts.items():
            self._expose(email, names)
        self._pastes = {_normal(email): list(found) for email, found in pastes.items()}
        self._stealer_domains = {_normal(e): set(found) for e, found in stealer_domains.items()}
        self._opted_out = {_normal(email) for email in opted_out}

    def catalogue(self) -> list[Breach]:
        """Every breach, retired and sensitive ones too, by name."""
        with self._lock:
            return sorted(self._breaches.values(), key=lambda breach: breach.name)

    def find(self, name: str) -> Breach | None:
        """The breach of that name, whatever the case of its letters."""
        with self._lock:
            folded = name.casefold()
            return next((b for b in self._breaches.values() if b.name.casefold() == folded), None)

    def latest(self) -> Breach | None:
        """The breach added last; of two added in one second, the one published last."""
        with self._lock:
            newest_first = reversed(self._breaches.values())
            return max(newest_first, key=lambda breach: breach.added_date, default=None)

    def breaches_of(self, email: str) -> list[Breach]:
        """What a public search shows: nothing sensitive or retired, nothing after an opt-out."""
        key = _normal(email)
        with self._lock:
            if key in self._opted_out:
                return []
            held = [self._breaches[name] for name in sorted(self._accounts.get(key, ()))]
            return [breach for breach in held if not (breach.is_sensitive or breach.is_retired)]

    def names_by_suffix(self, prefix: str) -> dict[str, list[str]]:
        """The accounts whose SHA-1 starts with the 6 hex digits: the other 34 to breach names."""
        if not _HEX6.match(prefix.upper()):
            raise ValueError(f"a range prefix is 6 hex digits; {len(prefix)} characters were given")
        found: dict[str, list[str]] = {}
        with self._lock:
            for email in self._by_prefix.get(prefix.upper(), ()):
                if names := [breach.name for breach in self.breaches_of(email)]:
                    found[_sha1(email)[6:]] = names
        return dict(sorted(found.items()))

    def pastes_of(self, email: str) -> list[Paste]:
        """The account's pastes, none after an opt-out."""
        key = _normal(email)
        with self._lock:
            return [] if key in self._opted_out else list(self._pastes.get(key, ()))

    def stealer_domains_of(self, email: str) -> list[str]:
        """The sites the account's password was stolen from by malware, none after an opt-out."""
        key = _normal(email)
        with self._lock:
            return [] if key in self._opted_out else sorted(self._stealer_domains.get(key, ()))

    def publish(
        self,
        fields: Mapping[str, object],
        accounts: Iterable[str] = (),
        stealer_domains: Iterable[str] = (),
    ) -> Breach:
        """Add a breach and expose the accounts; fields left out get plain defaults.

        Raises NameTakenError, or pydantic's ValidationError for a field of the wrong shape.
        """
        exposed = [_normal(email) for email in accounts]
        with self._lock:
            given = str(fields.get("Name", ""))
            if self.find(given) is not None:
                raise NameTakenError(
                    f"the catalogue already holds {given}: PATCH it, or choose another Name"
                )
            breach = Breach.model_validate({**self._defaults(given, len(exposed)), **fields})
            if "ModifiedDate" not in fields:
                breach = breach.model_copy(update={"modified_date": breach.added_date})
            self._breaches[breach.name] = breach
            for email in exposed:
                self._expose(email, [breach.name])
                if domains := set(stealer_domains):
                    self._stealer_domains.setdefault(email, set()).update(domains)
            return breach

    def amend(self, name: str, changes: Mapping[str, object]) -> Breach:
        """Change a breach's fields; its ModifiedDate always moves on unless it is given.

        Raises KeyError for an unknown name, ValidationError for a field of the wrong shape.
        """
        with self._lock:
            current = self.find(name)
            if current is None:
                raise KeyError(name)
            moved_on = max(self._now(), current.modified_date + timedelta(seconds=1))
            kept = {**current.as_json(), "ModifiedDate": moved_on}
            breach = Breach.model_validate({**kept, **changes, "Name": current.name})
            self._breaches[breach.name] = breach
            return breach

    def _expose(self, email: str, names: Iterable[str]) -> None:
        key = _normal(email)
        wanted = set(names)
        if unknown := wanted - self._breaches.keys():
            raise ValueError(f"no such breach in the catalogue: {', '.join(sorted(unknown))}")
        self._accounts.setdefault(key, set()).update(wanted)
        self._by_prefix.setdefault(_sha1(key)[:6], set()).add(key)

    def _defaults(self, name: str, exposed: int) -> dict[str, object]:
        now = self._now()
        return {
            "Title": name,
            "Domain": "",
            "BreachDate": now.date(),
            "AddedDate": now,
            "ModifiedDate": now,
            "PwnCount": max(exposed, 1),
            "Description": f"In {now:%B %Y}, data of {name} was published.",
            "LogoPath": f"https://logos.haveibeenpwned.com/{name or 'Email'}.png",
            "DataClasses": ("Email addresses", "Passwords"),
        }
