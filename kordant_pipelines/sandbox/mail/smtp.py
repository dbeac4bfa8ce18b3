"""Takes letters in: to brokers, who act on them, and to our own mailbox."""

import re
from email import message_from_bytes, policy
from email.utils import parseaddr

from aiosmtpd.smtp import SMTP, Envelope, Session

from kordant_pipelines.sandbox.world.broker import Asked
from kordant_pipelines.sandbox.world.brokers import MAIL_DOMAIN
from kordant_pipelines.sandbox.world.mail import DOMAIN
from kordant_pipelines.sandbox.world.world import World

_REFERENCE = re.compile(r"\[(KR(?:-\w{4}){3})\]")
_PROFILE = re.compile(r"^\s*Profile:\s*(\S+)", re.MULTILINE)


class LetterHandler:
    """aiosmtpd's handler over a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """550 for a mailbox that does not exist."""
        del server, session, options
        if not address.endswith(f"@{DOMAIN}") and self._broker_of(address) is None:
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Deliver; a broker that reads has the request from now on."""
        del session
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        for address in envelope.rcpt_tos:
            key = self._broker_of(address)
            if key is None:
                self._world.mail.deliver(raw)
            else:
                self._read(key, raw)
        if self._world.mail.drops_now() and server.transport is not None:
            server.transport.close()
        return "250 Message accepted for delivery"

    def _broker_of(self, address: str) -> str | None:
        local, _, domain = address.partition("@")
        key = domain.removesuffix(f".{MAIL_DOMAIN}")
        seed = self._world.brokers.seed(key)
        known = seed is not None and seed.asked is Asked.LETTER and not seed.bounces
        return key if local == "privacy" and known else None

    def _read(self, key: str, raw: bytes) -> None:
        letter = message_from_bytes(raw, policy=policy.default)
        text = str(letter.get_content())
        subject = str(letter["Subject"])
        reference = _REFERENCE.search(subject)
        profile = _PROFILE.search(text)
        self._world.brokers.file(
            key,
            reference[1] if reference else "",
            parseaddr(str(letter["From"]))[1],
            profile[1] if profile else "",
        )
