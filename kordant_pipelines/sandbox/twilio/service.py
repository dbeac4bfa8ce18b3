"""Twilio as an entry of the provider table: making and listing messages."""

import base64
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.plans import Plan
from kordant_pipelines.sandbox.provider import Endpoint, Key, Provider
from kordant_pipelines.sandbox.world.texting import ACCOUNT_SID, AUTH_TOKEN, MAGIC

MOUNT = "/twilio/2010-04-01"
_ROUTE = "/Accounts/{account}/Messages.json"


def send(request: Request, bench: Bench) -> Response:
    """`POST Messages.json`: 201 with the message; there is no idempotency."""
    form = {name: values[0] for name, values in parse_qs(request.state.body.decode()).items()}
    to, body = form.get("To", ""), form.get("Body", "")
    sender = form.get("From") or form.get("MessagingServiceSid", "")
    if not to:
        return refusal(400, 21604, "A 'To' phone number is required.")
    if not sender:
        return refusal(400, 21603, "A 'From' phone number is required.")
    if not body:
        return refusal(400, 21602, "Message body is required.")
    if len(body) > 1600:
        return refusal(400, 21617, "The concatenated message body exceeds 1600 characters.")
    if to in MAGIC:
        return refusal(400, *MAGIC[to])
    message = bench.world.texting.make(to, sender, body)
    extra = {"StatusCallback": form["StatusCallback"]} if "StatusCallback" in form else {}
    bench.world.inbox.put(
        id=message.sid, channel="sms", provider="twilio", to=to, text=body, extra=extra
    )
    return JSONResponse(message.as_json(), status_code=201)


def listing(request: Request, bench: Bench) -> Response:
    """`GET Messages.json?To=&PageSize=&Page=`: newest first."""
    asked = request.query_params
    messages = bench.world.texting.listed(asked.get("To"))
    size, page = int(asked.get("PageSize", "50")), int(asked.get("Page", "0"))
    shown = messages[page * size : (page + 1) * size]
    more = (page + 1) * size < len(messages)
    following = request.url.include_query_params(Page=page + 1, PageToken="PT")
    return JSONResponse(
        {
            "messages": [message.as_json() for message in shown],
            "page": page,
            "page_size": size,
            "next_page_uri": f"{following.path}?{following.query}" if more else None,
        }
    )


def admit(request: Request, bench: Bench, endpoint: Endpoint) -> Response | Key | None:
    """401 unless the account and its token are right."""
    del bench, endpoint
    expected = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
    right = request.headers.get("authorization") == f"Basic {expected}"
    return Key(ACCOUNT_SID) if right else bad_key()


def bad_key() -> Response:
    """The refusal of credentials."""
    return refusal(401, 20003, "Authenticate")


def rate_limited(retry_after: int | None) -> Response:
    """429."""
    answer = refusal(429, 20429, "Too Many Requests")
    if retry_after is not None:
        answer.headers["retry-after"] = str(retry_after)
    return answer


def refusal(status: int, code: int, message: str) -> Response:
    """An error as `{code, message, more_info, status}`."""
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return JSONResponse(body, status_code=status)


TWILIO = Provider(
    name="twilio",
    mount=MOUNT,
    endpoints=(Endpoint(_ROUTE, send, method="POST"), Endpoint(_ROUTE, listing)),
    admit=admit,
    plan=Plan(requests=1000, seconds=1),
    rate_limited=rate_limited,
    bad_key=bad_key,
    drift={"sid": "uid", "messages": "items"},
)
