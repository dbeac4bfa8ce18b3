"""Twilio's status callbacks: is it Twilio's word, and what does it say.

Facts: Twilio's documents on securing requests (HMAC-SHA1 over URL and sorted form) and on status
callbacks. A callback has no moment in it, so one that is repeated must change nothing.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from kordant_pipelines.providers.sending import DeliveryEvent, Fate
from kordant_pipelines.providers.twilio.client import PROVIDER, SUPPRESSING

_FATES: Final = {"delivered": Fate.DELIVERED, "undelivered": Fate.FAILED, "failed": Fate.FAILED}


def is_twilios(auth_token: str, url: str, form: Sequence[tuple[str, str]], signature: str) -> bool:
    """Whether the signature is that of a request to `url`, as Twilio was given it."""
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    digest = hmac.digest(auth_token.encode(), signed.encode(), hashlib.sha1)
    return hmac.compare_digest(base64.b64encode(digest), signature.encode())


def event_of(form: Sequence[tuple[str, str]], delivery_id: str) -> DeliveryEvent | None:
    """What a verified callback says; None where it says no more than we know."""
    fields = dict(form)
    fate = _FATES.get(fields.get("MessageStatus", ""))
    sid = fields.get("MessageSid", "")
    if fate is None or not sid:
        return None
    code = fields.get("ErrorCode", "")
    number = int(code) if code.isascii() and code.isdigit() else None
    failed = fate is Fate.FAILED
    return DeliveryEvent(
        provider=PROVIDER,
        provider_id=sid,
        delivery_id=delivery_id,
        fate=fate,
        reason=f"twilio_{number}" if failed and number else "undelivered" if failed else None,
        suppression=SUPPRESSING.get(number) if failed and number else None,
    )
