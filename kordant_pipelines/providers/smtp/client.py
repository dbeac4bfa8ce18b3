"""Handing mail to a mail server, step by step, so that it is known where it broke off."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
)

from kordant_pipelines.domain.channels import SuppressionReason
from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.providers.limiter import ProviderLimiter
from kordant_pipelines.providers.sending import (
    Blocked,
    Found,
    Outcome,
    Refused,
    Sent,
    TryLater,
    Unknown,
    outcome_of,
)
from kordant_pipelines.providers.smtp.mail import envelope_of
from kordant_pipelines.providers.smtp.server import SmtpServer

PROVIDER: Final = "smtp"

_NO_SUCH_MAILBOX: Final = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")


class SmtpSender:
    """Sends by one mail server; a connection a message.

    A mail server cannot be asked what became of a message. It is in doubt only while its end is
    being sent and acknowledged: what breaks off before was not taken.

    Args:
        server: where it is.
        limiter: open, shared by all workers.
        timeout: seconds for each step.
    """

    provider = PROVIDER
    settles_in: timedelta | None = None
    replays_for = timedelta(0)

    def __init__(self, server: SmtpServer, limiter: ProviderLimiter, *, timeout: float) -> None:
        self._server = server
        self._limiter = limiter
        self._timeout = timeout

    async def send(self, payload: str, key: str, before: Callable[[], None]) -> Outcome:
        """See `Sender`."""
        del key
        sender, to, message_id = envelope_of(payload)
        client = self._client()
        handed_over = False
        try:
            await self._limiter.acquire()
            await client.connect()
            await client.mail(sender)
            recipient = await self._recipient(client, to)
            if recipient is not None:
                return recipient
            before()
            handed_over = True
            await client.data(payload.encode("ascii"))
        except ProviderError as error:
            return outcome_of(error)
        except SMTPAuthenticationError:
            return Blocked("bad_key")
        except SMTPResponseException as answer:
            return _answered(answer, handed_over=handed_over)
        except (SMTPException, OSError, TimeoutError, ValueError) as error:
            reason = "timeout" if isinstance(error, TimeoutError) else "unavailable"
            return Unknown(reason) if handed_over else TryLater(reason)
        else:
            with suppress(SMTPException, OSError):  # it has the mail, whatever becomes of leaving
                await client.quit()
            return Sent(message_id)
        finally:
            client.close()

    async def find(self, payload: str, since: datetime) -> Found:
        """See `Sender`: a mail server does not tell."""
        del payload, since
        return Unknown("cannot_be_asked")

    def _client(self) -> SMTP:
        server = self._server
        return SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            # None: if it is offered. Elsewhere than here, a server without it is refused.
            start_tls=False if server.tls else None if server.is_loopback else True,
            username=server.username,
            password=server.password,
            timeout=self._timeout,
        )

    async def _recipient(self, client: SMTP, to: str) -> Outcome | None:
        try:
            await client.rcpt(to)
        except SMTPResponseException as refused:
            if refused.code < 500 or refused.code == 530:
                raise
            # What a server says of the mailbox holds for the next mail too; of its policy, not.
            gone = refused.message.startswith(_NO_SUCH_MAILBOX) or refused.code in {551, 553}
            return Refused(
                "no_such_mailbox" if gone else "recipient_refused",
                SuppressionReason.BOUNCED if gone else None,
            )
        return None


def _answered(answer: SMTPResponseException, *, handed_over: bool) -> Outcome:
    if answer.code == -1:  # aiosmtplib's code for an answer that made no sense
        return Unknown("malformed_response") if handed_over else TryLater("malformed_response")
    if 400 <= answer.code < 500:
        return TryLater(f"smtp_{answer.code}")
    if handed_over:
        return Refused(f"smtp_{answer.code}")
    return Blocked(f"smtp_{answer.code}")  # it takes no mail of ours at all
