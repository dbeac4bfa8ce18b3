"""The endpoints that search by account: breaches, ranges, pastes, stealer logs."""

import re

from starlette.requests import Request
from starlette.responses import Response

from kordant_pipelines.sandbox.bench import Bench
from kordant_pipelines.sandbox.hibp import query, replies
from kordant_pipelines.sandbox.hibp.catalogue import has_range_search

_PREFIX = re.compile(r"^[0-9a-fA-F]{6}$")


def breached_account(request: Request, bench: Bench) -> Response:
    """`breachedaccount/{account}`: names only unless truncateResponse=false."""
    account = _account(request)
    if account is None:
        return _bad_account()
    try:
        truncated = query.boolean(request, "truncateResponse") is not False
        unverified = query.boolean(request, "IncludeUnverified") is not False
    except query.BadParameterError as refused:
        return replies.refusal(400, str(refused))
    breaches = bench.world.hibp.breaches_of(account)
    if (domain := query.text(request, "Domain")) is not None:
        breaches = [b for b in breaches if b.domain.casefold() == domain.casefold()]
    if not unverified:
        breaches = [breach for breach in breaches if breach.is_verified]
    if not breaches:
        return replies.not_found()
    return replies.found(
        [{"Name": b.name} for b in breaches] if truncated else [b.as_json() for b in breaches]
    )


def account_range(request: Request, bench: Bench) -> Response:
    """`breachedaccount/range/{prefix}`: the other 34 hex digits of each account, with its names."""
    prefix = str(request.path_params["prefix"])
    if not _PREFIX.match(prefix):
        return replies.refusal(400, "The hash prefix was not in a valid format.")
    if not has_range_search(bench):
        # that Core is refused is documented, with which status is not
        return replies.refusal(403, "The subscription does not include k-anonymity searches.")
    found = bench.world.hibp.names_by_suffix(prefix)
    if not found:
        return replies.not_found()
    return replies.found([{"hashSuffix": s, "websites": names} for s, names in found.items()])


def paste_account(request: Request, bench: Bench) -> Response:
    """`pasteaccount/{account}`."""
    account = _account(request)
    if account is None:
        return _bad_account()
    pastes = bench.world.hibp.pastes_of(account)
    return replies.found([p.as_json() for p in pastes]) if pastes else replies.not_found()


def stealer_logs(request: Request, bench: Bench) -> Response:
    """`stealerlogsbyemail/{email}`: a list of the sites' domains."""
    account = _account(request)
    if account is None:
        return _bad_account()
    domains = bench.world.hibp.stealer_domains_of(account)
    return replies.found(domains) if domains else replies.not_found()


def _account(request: Request) -> str | None:
    account = str(request.path_params["account"]).strip()
    return account if re.match(r"^[^@\s]+@[^@\s]+$", account) else None


def _bad_account() -> Response:
    return replies.refusal(400, "The account does not comply with an acceptable format.")
