"""Have I Been Pwned as an entry of the provider table."""

from kordant_pipelines.sandbox.hibp import accounts, admission, catalogue, replies
from kordant_pipelines.sandbox.provider import Endpoint, Provider

HIBP = Provider(
    name=catalogue.NAME,
    mount="/hibp/api/v3",
    endpoints=(
        # the range comes first: an account may hold slashes, so its template swallows the rest
        Endpoint("/breachedaccount/range/{prefix}", accounts.account_range),
        Endpoint("/breachedaccount/{account:path}", accounts.breached_account),
        Endpoint("/pasteaccount/{account:path}", accounts.paste_account),
        Endpoint("/stealerlogsbyemail/{account:path}", accounts.stealer_logs),
        Endpoint("/subscription/status", catalogue.subscription_status),
        Endpoint("/breaches", catalogue.breaches, keyed=False),
        Endpoint("/breach/{name}", catalogue.breach, keyed=False),
        Endpoint("/latestbreach", catalogue.latest_breach, keyed=False),
        Endpoint("/dataclasses", catalogue.data_classes, keyed=False),
    ),
    admit=admission.admit,
    plan=catalogue.PLAN,
    rate_limited=replies.rate_limited,
    bad_key=lambda: replies.key_refused("invalid"),
    drift={
        "Name": "BreachName",
        "hashSuffix": "suffix",
        "Source": "PasteSource",
        "Rpm": "RequestsPerMinute",
    },
)
