"""Resend's webhooks: is it Resend's word, and what does it say.

Facts: Resend's documents on events, and Svix's on signatures (HMAC-SHA256 over id, moment, body).
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from pydantic import BaseModel, ValidationError

from kordant_pipelines.domain.channels import SuppressionReason
from kordant_pipelines.providers.resend.client import PROVIDER
from kordant_pipelines.providers.resend.mail import DELIVERY_TAG
from kordant_pipelines.providers.sending import DeliveryEvent, Fate

TOLERANCE: Final = timedelta(minutes=5)
"""How old, or how far ahead, a webhook may be: an older one may be someone's replay."""


def is_resends(
    secret: str, *, message_id: str, timestamp: str, signatures: str, body: bytes, now: datetime
) -> bool:
    """Whether one of `signatures` ("v1,… v1,…") is that of this body, sent about now.

    Args:
        secret: "whsec_" and base64, as Resend shows it.
        message_id: the header `svix-id`.
        timestamp: `svix-timestamp`, in seconds.
        signatures: `svix-signature`.
        body: as received.
        now: the present moment.
    """
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return False
    if not timestamp.isascii() or not timestamp.isdigit():
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    signed = f"{message_id}.{timestamp}.".encode() + body
    ours = base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
    return any(
        version == "v1" and hmac.compare_digest(ours, theirs.encode())
        for version, _, theirs in (each.partition(",") for each in signatures.split())
    )


class _Bounce(BaseModel):
    type: str = ""


class _Data(BaseModel):
    email_id: str
    tags: dict[str, str] | list[dict[str, str]] = {}
    bounce: _Bounce = _Bounce()

    @property
    def delivery_id(self) -> str | None:
        if isinstance(self.tags, dict):
            return self.tags.get(DELIVERY_TAG)
        named = (tag.get("value") for tag in self.tags if tag.get("name") == DELIVERY_TAG)
        return next(named, None)


class _Event(BaseModel):
    type: str
    data: _Data


def event_of(body: bytes) -> DeliveryEvent | None:
    """What a verified webhook says; None where it says no more than we know, or of another thing.

    A bounce suppresses the address unless Resend calls it transient; a complaint always does, for
    who complained must not be written to again.
    """
    try:
        event = _Event.model_validate_json(body)
    except ValidationError:
        return None
    data = event.data
    match event.type:
        case "email.delivered":
            fate, reason, suppression = Fate.DELIVERED, None, None
        case "email.bounced":
            passing = data.bounce.type.casefold() in {"transient", "temporary"}
            fate, reason = Fate.FAILED, "bounced"
            suppression = None if passing else SuppressionReason.BOUNCED
        case "email.complained":
            fate, reason, suppression = Fate.DELIVERED, "complained", SuppressionReason.COMPLAINED
        case "email.failed" | "email.suppressed":
            fate, reason, suppression = Fate.FAILED, event.type.removeprefix("email."), None
        case _:
            return None
    return DeliveryEvent(
        provider=PROVIDER,
        provider_id=data.email_id,
        delivery_id=data.delivery_id,
        fate=fate,
        reason=reason,
        suppression=suppression,
    )
