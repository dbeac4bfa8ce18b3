"""Status callbacks as Twilio sends them, signed as Twilio does it."""

import base64
import hashlib
import hmac
from urllib.parse import urlencode

from kordant_pipelines.sandbox.world.texting import ACCOUNT_SID, AUTH_TOKEN


def status_callback(
    url: str, sid: str, status: str, *, auth_token: str = AUTH_TOKEN, error_code: int | None = None
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of the POST to `url`."""
    form = {"AccountSid": ACCOUNT_SID, "MessageSid": sid, "MessageStatus": status, "To": "+1555"}
    if error_code is not None:
        form["ErrorCode"] = str(error_code)
    text = url
    for name in sorted(form):
        text += name + form[name]
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": base64.b64encode(digest).decode(),
    }
    return urlencode(form).encode(), headers
