"""Letters to data brokers by SMTP, each with a copy to ourselves, and whether they went out."""

from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

import aiosmtplib

from kordant_pipelines.domain.clock import Clock
from kordant_pipelines.providers.errors import (
    ErrorCode,
    PermanentProviderError,
    ProviderError,
    UnavailableProviderError,
    UnsentProviderError,
)
from kordant_pipelines.providers.smtp.connection import connection_to
from kordant_pipelines.providers.smtp.server import SmtpServer

PROVIDER: Final = "removals_smtp"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A letter ready to go: personal data. Answers go to `sender`, which holds the reference."""

    sender: str
    recipient: str
    copy_to: str
    message_id: str
    subject: str
    body: str

    def __repr__(self) -> str:
        return "Outgoing(…)"


class LetterSender:
    """Sends letters through one server.

    Args:
        server: where it is.
        clock: dates the letters.
        timeout: seconds for each of the server's answers.
    """

    def __init__(self, server: SmtpServer, clock: Clock, *, timeout: float = 30.0) -> None:
        self._server = server
        self._clock = clock
        self._timeout = timeout

    async def send(self, letter: Outgoing) -> None:
        """Send a letter to its recipient, with a blind copy to `copy_to`.

        The copy is how it is known later that it went out.

        Raises:
            UnsentProviderError: it did not go out; a later try may.
            PermanentProviderError: neither did it; `bad_key`, sign-in was refused; `bad_request`,
                the recipient or the letter was, for good.
            UnavailableProviderError: the connection broke after the text was sent, so that it may
                have gone out.
        """
        message = EmailMessage()
        message["From"] = letter.sender
        message["To"] = letter.recipient
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(self._clock())
        message["Message-ID"] = letter.message_id
        message.set_content(letter.body)
        failure = await self._hand_over(message, [letter.recipient, letter.copy_to])
        if failure is not None:
            raise failure

    async def _hand_over(
        self, message: EmailMessage, recipients: list[str]
    ) -> ProviderError | None:
        """The failure is returned: chained to the library's, it would carry the address."""
        client = connection_to(self._server, timeout=self._timeout)
        sending = False
        try:
            await client.connect()
            # One by one, for each must be accepted: the broker, and we ourselves.
            await client.mail(str(message["From"]))
            for recipient in recipients:
                await client.rcpt(recipient)
            sending = True
            await client.data(message.as_bytes())
        except aiosmtplib.SMTPAuthenticationError:
            return PermanentProviderError(PROVIDER, ErrorCode.BAD_KEY, "sign-in refused")
        except aiosmtplib.SMTPResponseException as error:
            return _refused(error)
        except (aiosmtplib.SMTPException, OSError) as error:
            kind = UnavailableProviderError if sending else UnsentProviderError
            return kind(PROVIDER, ErrorCode.UNAVAILABLE, type(error).__name__)
        finally:
            await _leave(client)
        return None


async def _leave(client: aiosmtplib.SMTP) -> None:
    if client.is_connected:
        with suppress(aiosmtplib.SMTPException, OSError):
            await client.quit()
    client.close()


def _refused(error: aiosmtplib.SMTPResponseException) -> ProviderError:
    detail = f"status {error.code}"
    if 500 <= error.code < 600:
        return PermanentProviderError(PROVIDER, ErrorCode.BAD_REQUEST, detail)
    return UnsentProviderError(PROVIDER, ErrorCode.UNAVAILABLE, detail)
