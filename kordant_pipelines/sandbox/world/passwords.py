"""What Pwned Passwords knows: SHA-1 hashes of leaked passwords and how often each was seen."""

import hashlib
from collections.abc import Mapping
from random import Random

from kordant_pipelines.sandbox.world.chance import seeded

FILLER_ROWS = 40
"""Rows every range has besides the seeded ones: no range of the real service is empty."""
PADDED_ROWS = (800, 1000)
"""How many rows a padded answer has (HIBP v3, "Introducing padding")."""


class PasswordRegister:
    """Ranges of hash suffixes; a range's filler is the same in every run."""

    def __init__(self, counts: Mapping[str, int], *, randomness: Random) -> None:
        self._randomness = randomness
        self._by_prefix: dict[str, dict[str, int]] = {}
        for password, count in counts.items():
            digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
            self._by_prefix.setdefault(digest[:5], {})[digest[5:]] = count

    def range(self, prefix: str) -> dict[str, int]:
        """The 35-digit suffixes under the 5 hex digits, sorted, with their counts (all above 0)."""
        filler = seeded(prefix.upper())
        rows = {_suffix(filler): filler.randint(1, 5000) for _ in range(FILLER_ROWS)}
        return dict(sorted((rows | self._by_prefix.get(prefix.upper(), {})).items()))

    def padded_range(self, prefix: str) -> dict[str, int]:
        """The range with made-up suffixes of count 0 among its rows."""
        rows = self.range(prefix)
        for _ in range(self._randomness.randint(*PADDED_ROWS) - len(rows)):
            rows.setdefault(_suffix(self._randomness), 0)
        return dict(sorted(rows.items()))


def _suffix(randomness: Random) -> str:
    return f"{randomness.getrandbits(140):035X}"
