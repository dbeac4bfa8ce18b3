"""The endpoints about breaches themselves, which ask for no key, and the key's own subscription."""

from starlette.requests import Request
from starlette.responses import Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.hibp import query, replies
from kordant_pipelines.sandbox.plans import Plan

NAME = "hibp"
PLAN = Plan(requests=12_000, seconds=60)
"""The largest plan on sale; a sandbox is generous unless told otherwise."""
PRO_RPM = 1_000
"""Where the Pro plans begin."""


def has_range_search(bench: Bench) -> bool:
    """Whether the plan in force includes the k-anonymity search: from Pro up."""
    return bench.plans.of(NAME, PLAN).requests >= PRO_RPM


def breaches(request: Request, bench: Bench) -> Response:
    """`breaches`, all or by Domain and IsSpamList; an empty list when none is left."""
    try:
        spam = query.boolean(request, "IsSpamList")
    except query.BadParameterError as refused:
        return replies.refusal(400, str(refused))
    found = bench.world.hibp.catalogue()
    if (domain := query.text(request, "Domain")) is not None:
        found = [breach for breach in found if breach.domain.casefold() == domain.casefold()]
    if spam is not None:
        found = [breach for breach in found if breach.is_spam_list is spam]
    return replies.found([breach.as_json() for breach in found])


def breach(request: Request, bench: Bench) -> Response:
    """`breach/{name}`."""
    found = bench.world.hibp.find(str(request.path_params["name"]))
    return replies.not_found() if found is None else replies.found(found.as_json())


def latest_breach(request: Request, bench: Bench) -> Response:
    """`latestbreach`: the one added last."""
    del request
    found = bench.world.hibp.latest()
    return replies.not_found() if found is None else replies.found(found.as_json())


def data_classes(request: Request, bench: Bench) -> Response:
    """`dataclasses`: every kind of data any breach exposed, sorted."""
    del request
    catalogue = bench.world.hibp.catalogue()
    return replies.found(sorted({kind for breach in catalogue for kind in breach.data_classes}))


def subscription_status(request: Request, bench: Bench) -> Response:
    """`subscription/status`: what the key may do; Rpm is requests per minute."""
    del request
    rpm = bench.plans.of(NAME, PLAN).requests
    pro = has_range_search(bench)
    return replies.found(
        {
            "SubscriptionName": "High RPM" if rpm > PRO_RPM else "Pro 1" if pro else "Core 1",
            "Description": f"Email search at {rpm:,} requests per minute.",
            "SubscribedUntil": "2027-12-31T00:00:00Z",
            "Rpm": rpm,
            "DomainSearchMaxBreachedAccounts": 50_000,
            "MaxBreachedDomains": 50,
            "IncludesStealerLogs": pro,
            "IncludesBulkDomainAdd": pro,
            "IncludesKAnon": pro,
        }
    )
