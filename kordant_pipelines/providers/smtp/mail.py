"""An e-mail as it goes over the wire: MIME, in ASCII, with a Message-ID of our own."""

from datetime import datetime
from email import message_from_string, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from kordant_pipelines.domain.notices import EmailContent, Envelope
from kordant_pipelines.providers.mail_address import ascii_address

_WIRE = policy.SMTP.clone(cte_type="7bit")


def encode_mail(content: EmailContent, envelope: Envelope, sender: str, now: datetime) -> str:
    """The whole message.

    Args:
        content: what is said.
        envelope: whom to. Its key makes the Message-ID, so that a copy can be told for one.
        sender: the From header, "Kordant <alerts@example.com>".
        now: the Date header.

    Raises:
        Unaddressable: mail servers do not take such an address.
    """
    name, address = parseaddr(sender)
    domain = address.rpartition("@")[2]
    mail = EmailMessage(policy=_WIRE)
    mail["From"] = Address(name, addr_spec=ascii_address(address))
    mail["To"] = Address("", addr_spec=ascii_address(envelope.to))
    mail["Subject"] = content.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(envelope.key, domain)
    for header, value in list_headers(content.unsubscribe_url, envelope.key).items():
        mail[header] = value
    mail.set_content(content.text, cte="quoted-printable")
    mail.add_alternative(content.html, subtype="html", cte="quoted-printable")
    return mail.as_bytes().decode("ascii")


def list_headers(unsubscribe_url: str, key: str) -> dict[str, str]:
    """What lets a mail program unsubscribe in one click (RFC 8058), whoever sends the mail."""
    return {
        "List-Unsubscribe": f"<{unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "X-Entity-Ref-ID": key,
    }


def message_id(key: str, domain: str) -> str:
    """The Message-ID of a delivery."""
    return f"<{key}@{domain}>"


def envelope_of(payload: str) -> tuple[str, str, str]:
    """Sender, recipient and Message-ID of an encoded mail."""
    headers = message_from_string(payload, policy=policy.SMTP)
    sender, to = (parseaddr(str(headers[name]))[1] for name in ("From", "To"))
    return sender, to, str(headers["Message-ID"])
