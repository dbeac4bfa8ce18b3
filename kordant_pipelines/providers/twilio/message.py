"""A text message as Twilio takes it, in a form."""

from urllib.parse import parse_qs, urlencode

from kordant_pipelines.domain.notices import Envelope, SmsContent

LONGEST_BODY = 1600


def encode_message(
    content: SmsContent, envelope: Envelope, sender: str, callback_url: str | None
) -> str:
    """The body of `POST Messages.json`.

    Args:
        content: what is said, at most 1,600 characters.
        envelope: whom to, as E.164.
        sender: a number of ours as E.164, or a messaging service ("MG…").
        callback_url: where Twilio tells what became of it.
    """
    if len(content.text) > LONGEST_BODY:
        raise ValueError(f"a text message has at most {LONGEST_BODY} characters")
    form = {
        "To": envelope.to,
        "MessagingServiceSid" if sender.startswith("MG") else "From": sender,
        "Body": content.text,
    }
    if callback_url:
        form["StatusCallback"] = callback_url
    return urlencode(form)


def addressed(payload: str) -> tuple[str, str]:
    """Recipient and text of an encoded message."""
    form = parse_qs(payload)
    return form["To"][0], form["Body"][0]
