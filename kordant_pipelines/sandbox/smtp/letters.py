"""Mail that is no customer's: letters to data brokers, who act on them, and our copies of them."""

import re
from email import message_from_bytes, policy
from email.utils import parseaddr

from kordant_pipelines.sandbox.world.broker import Asked
from kordant_pipelines.sandbox.world.brokers import MAIL_DOMAIN
from kordant_pipelines.sandbox.world.letters import is_ours
from kordant_pipelines.sandbox.world.world import World

_REFERENCE = re.compile(r"\[(KR(?:-\w{4}){3})\]")
_PROFILE = re.compile(r"^\s*Profile:\s*(\S+)", re.MULTILINE)


def is_no_broker(world: World, address: str) -> bool:
    """Whether it would be a broker's, and no broker has it."""
    return address.endswith(f".{MAIL_DOMAIN}") and _broker_of(world, address) is None


def deliver(world: World, address: str, content: bytes) -> bool:
    """Deliver to our mailbox or a broker, who has the request from now on; False: it is neither."""
    if is_ours(address):
        world.letters.deliver(content)
        return True
    key = _broker_of(world, address)
    if key is None:
        return False
    letter = message_from_bytes(content, policy=policy.default)
    reference = _REFERENCE.search(str(letter["Subject"]))
    profile = _PROFILE.search(str(letter.get_content()))
    world.brokers.file(
        key,
        reference[1] if reference else "",
        parseaddr(str(letter["From"]))[1],
        profile[1] if profile else "",
    )
    return True


def _broker_of(world: World, address: str) -> str | None:
    local, _, domain = address.partition("@")
    key = domain.removesuffix(f".{MAIL_DOMAIN}")
    seed = world.brokers.seed(key)
    known = seed is not None and seed.asked is Asked.LETTER and not seed.bounces
    return key if local == "privacy" and known else None
