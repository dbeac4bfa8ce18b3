"""A push message as FCM takes it, in JSON."""

import json

from kordant_pipelines.domain.notices import Envelope, PushContent

LARGEST = 4096
"""Bytes of a message's payload at most."""
_TTL_SECONDS = 3 * 24 * 3600


def encode_push(content: PushContent, envelope: Envelope) -> str:
    """The body of `messages:send`; its text is cut where it would be too large.

    The collapse keys make a phone show a copy, should there ever be one, in place of the first.
    """
    body = content.body
    while len(text := _encode(content, body, envelope)) > LARGEST and body:
        body = body[: len(body) * 3 // 4].rstrip() + "…" if len(body) > 8 else ""
    return text


def _encode(content: PushContent, body: str, envelope: Envelope) -> str:
    message: dict[str, object] = {
        "token": envelope.to,
        "notification": {"title": content.title, "body": body},
        "data": {**content.data, "delivery": envelope.key},
        "android": {
            "collapse_key": envelope.key,
            "ttl": f"{_TTL_SECONDS}s",
            "notification": {"tag": envelope.key},
        },
        "apns": {"headers": {"apns-collapse-id": envelope.key}},
    }
    return json.dumps({"message": message})
