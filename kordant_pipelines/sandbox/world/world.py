"""The world as an object: one register per provider, all fed from one seed and one clock."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from kordant_pipelines.sandbox.world.breaches import BreachRegister
from kordant_pipelines.sandbox.world.chance import seeded
from kordant_pipelines.sandbox.world.inbox import Inbox
from kordant_pipelines.sandbox.world.leaks import LeakRegister
from kordant_pipelines.sandbox.world.mailing import MailingRegister
from kordant_pipelines.sandbox.world.passwords import PasswordRegister
from kordant_pipelines.sandbox.world.pushing import PushingRegister
from kordant_pipelines.sandbox.world.seed import Seed, load_seed
from kordant_pipelines.sandbox.world.texting import TextingRegister


def utc_now() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


class World:
    """Invented people and what the providers know of them; it may change while it is served.

    `now` must return aware datetimes: it dates what is published and moves the rate limits.
    Every register is safe from any thread.
    """

    def __init__(
        self,
        seed: Seed | None = None,
        *,
        now: Callable[[], datetime] = utc_now,
        randomness: Random | None = None,
    ) -> None:
        seed = seed or load_seed()
        self.now = now
        self.randomness = randomness or seeded(20261124)
        self.customers = seed.customers
        self.hibp = BreachRegister(
            seed.breaches,
            seed.accounts.breaches,
            seed.accounts.pastes,
            seed.accounts.stealer_domains,
            seed.accounts.opted_out,
            now=now,
        )
        self.inbox = Inbox(now=now)
        self.texting = TextingRegister(now=now)
        self.mailing = MailingRegister(now=now)
        self.pushing = PushingRegister(now=now)
        self.leakcheck = LeakRegister(seed.leaks)
        leaked = dict.fromkeys(self.leakcheck.passwords(), 3)
        self.passwords = PasswordRegister(
            leaked | seed.passwords, randomness=seeded(self.randomness.getrandbits(64))
        )
