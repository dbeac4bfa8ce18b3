"""An e-mail as Resend takes it, in JSON."""

import json

from kordant_pipelines.domain.notices import EmailContent, Envelope
from kordant_pipelines.providers.mail_address import ascii_address
from kordant_pipelines.providers.smtp.mail import list_headers

DELIVERY_TAG = "delivery"
"""Resend's webhooks repeat a mail's tags: this one tells which delivery it was."""


def encode_mail(content: EmailContent, envelope: Envelope, sender: str) -> str:
    """The body of `POST /emails`.

    Raises:
        Unaddressable: mail servers do not take such an address.
    """
    return json.dumps(
        {
            "from": sender,
            "to": [ascii_address(envelope.to)],
            "subject": content.subject,
            "html": content.html,
            "text": content.text,
            "headers": list_headers(content.unsubscribe_url, envelope.key),
            "tags": [{"name": DELIVERY_TAG, "value": envelope.key}],
        }
    )
