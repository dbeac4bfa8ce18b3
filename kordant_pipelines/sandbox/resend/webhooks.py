"""Webhooks as Resend sends them, signed as Svix does it."""

import base64
import hashlib
import hmac
import json
import uuid
from datetime import datetime

from kordant_pipelines.sandbox.world.mailing import SIGNING_KEY


def webhook(
    kind: str, email_id: str, now: datetime, *, secret: str = SIGNING_KEY, **data: object
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of an event such as "email.delivered"; `data` is beside its `email_id`."""
    event = {"type": kind, "created_at": now.isoformat(), "data": {"email_id": email_id, **data}}
    body = json.dumps(event).encode()
    message_id, timestamp = f"msg_{uuid.uuid4().hex}", str(int(now.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    headers = {
        "content-type": "application/json",
        "svix-id": message_id,
        "svix-timestamp": timestamp,
        "svix-signature": f"v1,{signature}",
    }
    return body, headers
