"""Searching Have I Been Pwned by account."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines_tests.sandbox.support import INTEGRATION, hibp_client, names, sha1

BREACH_KEYS = {
    "Name", "Title", "Domain", "BreachDate", "AddedDate", "ModifiedDate", "PwnCount", "Description",
    "LogoPath", "DataClasses", "IsVerified", "IsFabricated", "IsSensitive", "IsRetired",
    "IsSpamList", "IsMalware", "IsStealerLog", "IsSubscriptionFree",
}  # fmt: skip


@pytest.mark.parametrize(
    ("alias", "breaches", "pastes"),
    [
        ("account-exists", 1, 1),
        ("multiple-breaches", 3, 0),
        ("not-active-and-active-breach", 1, 0),
        ("not-active-breach", 0, 0),
        ("opt-out", 0, 0),
        ("opt-out-breach", 0, 0),
        ("permanent-opt-out", 0, 0),
        ("sensitive-breach", 0, 0),
        ("paste-sensitive-breach", 0, 1),
        ("sensitive-and-other-breaches", 2, 0),
        ("spam-list-only", 1, 0),
        ("spam-list-and-others", 4, 0),
        ("stealer-log", 1, 0),
        ("subscription-free-breach", 1, 0),
        ("subscription-free-and-other-breaches", 3, 0),
        ("unverified-breach", 1, 0),
    ],
)
def test_the_documented_test_accounts(
    hibp: httpx.Client, alias: str, breaches: int, pastes: int
) -> None:
    account = f"{alias}@{INTEGRATION}"
    for service, expected in (("breachedaccount", breaches), ("pasteaccount", pastes)):
        response = hibp.get(f"/{service}/{account}")
        assert response.status_code == (200 if expected else 404)
        assert len(response.json() if expected else response.content) == expected


def test_an_inactive_breach_is_left_out_beside_an_active_one(hibp: httpx.Client) -> None:
    found = hibp.get(f"/breachedaccount/not-active-and-active-breach@{INTEGRATION}")
    assert names(found) == ["Adobe"]


def test_an_account_is_truncated_unless_asked_otherwise(hibp: httpx.Client) -> None:
    path = f"/breachedaccount/account-exists@{INTEGRATION}"
    assert hibp.get(path).json() == [{"Name": "Adobe"}]
    assert hibp.get(path, params={"truncateResponse": "true"}).json() == [{"Name": "Adobe"}]


def test_a_full_breach_has_every_documented_key(hibp: httpx.Client) -> None:
    path = f"/breachedaccount/account-exists@{INTEGRATION}"
    response = hibp.get(path, params={"truncateResponse": "false"})
    assert response.headers["content-type"] == "application/json"
    (breach,) = response.json()
    assert set(breach) == BREACH_KEYS
    assert breach["BreachDate"] == "2013-10-04"
    assert breach["AddedDate"] == "2013-12-04T00:00:00Z"
    assert breach["DataClasses"] == ["Email addresses", "Password hints", "Passwords", "Usernames"]
    assert breach["IsVerified"] is True


def test_unverified_breaches_are_included_unless_excluded(hibp: httpx.Client) -> None:
    path = "/breachedaccount/s.okafor@example.net"
    assert "ComboDrop2019" in names(hibp.get(path))
    without = hibp.get(path, params={"IncludeUnverified": "false"})
    assert names(without) == ["MeetLoop", "PinnacleRetail"]
    only_unverified = f"/breachedaccount/unverified-breach@{INTEGRATION}"
    assert hibp.get(only_unverified, params={"IncludeUnverified": "false"}).status_code == 404


def test_a_domain_narrows_an_account_to_one_site(hibp: httpx.Client) -> None:
    path = "/breachedaccount/ada.lindqvist@example.com"
    assert names(hibp.get(path, params={"domain": "Adobe.com"})) == ["Adobe"]
    assert hibp.get(path, params={"domain": "linkedin.com"}).status_code == 404
    assert len(names(hibp.get(path, params={"domain": ""}))) == 3


def test_a_parameter_of_the_wrong_type_is_refused(hibp: httpx.Client) -> None:
    response = hibp.get("/breachedaccount/a@example.com", params={"truncateResponse": "maybe"})
    assert response.status_code == 400
    assert "truncateResponse" in response.json()["message"]


@pytest.mark.parametrize("account", ["yolanda.rivera@example.org", "Yolanda.RIVERA@EXAMPLE.org"])
def test_letters_match_in_any_case(hibp: httpx.Client, account: str) -> None:
    assert names(hibp.get(f"/breachedaccount/{account}")) == ["LotusBotnet", "PetPortal"]


def test_escaped_accounts_are_unescaped(hibp: httpx.Client) -> None:
    escaped = quote("yolanda.r+shop@example.com", safe="")
    assert names(hibp.get(f"/breachedaccount/{escaped}")) == ["StreamKite"]


def test_an_account_may_hold_a_slash(sandbox: Sandbox) -> None:
    sandbox.publish_breach({"Name": "Slash"}, ["a/b@example.com"])
    with hibp_client(sandbox) as hibp:
        assert names(hibp.get("/breachedaccount/a%2Fb%40example.com")) == ["Slash"]


@pytest.mark.parametrize("account", ["", "%20", "no-at-sign", "+12025550143"])
@pytest.mark.parametrize("service", ["breachedaccount", "pasteaccount", "stealerlogsbyemail"])
def test_a_bad_account_is_refused(hibp: httpx.Client, service: str, account: str) -> None:
    response = hibp.get(f"/{service}/{account}")
    assert response.status_code == 400
    assert response.json()["statusCode"] == 400
    assert "acceptable format" in response.json()["message"]


def test_not_pwned_is_404_without_a_body(hibp: httpx.Client) -> None:
    response = hibp.get("/breachedaccount/bruno.keller@example.net")
    assert (response.status_code, response.content) == (404, b"")


def test_a_paste_has_every_documented_key(hibp: httpx.Client) -> None:
    pastes: list[dict[str, Any]] = hibp.get("/pasteaccount/uriel.navarro@example.net").json()
    assert pastes[0] == {
        "Source": "Pastebin",
        "Id": "q4Lm2TnR",
        "Title": "clientes.txt",
        "Date": "2021-03-29T02:00:13Z",
        "EmailCount": 912,
    }
    assert (pastes[1]["Title"], pastes[1]["Date"]) == (None, None)


def test_stealer_logs_are_a_list_of_sites(hibp: httpx.Client) -> None:
    found = hibp.get(f"/stealerlogsbyemail/stealer-log@{INTEGRATION}")
    assert found.json() == ["shop.example", "streamkite.example"]
    assert hibp.get(f"/stealerlogsbyemail/opt-out@{INTEGRATION}").status_code == 404


def test_a_range_gives_the_rest_of_the_hash_and_names(hibp: httpx.Client) -> None:
    digest = sha1("sam@example.org")
    response = hibp.get(f"/breachedaccount/range/{digest[:6].lower()}")
    assert response.json() == [
        {"hashSuffix": digest[6:], "websites": ["BrightForum", "Dropbox", "LeadSpreader"]}
    ]
    assert len(digest[6:]) == 34


def test_a_range_hides_what_a_search_hides(hibp: httpx.Client) -> None:
    for alias in ("opt-out", "sensitive-breach", "not-active-breach"):
        prefix = sha1(f"{alias}@{INTEGRATION}")[:6]
        assert hibp.get(f"/breachedaccount/range/{prefix}").status_code == 404


@pytest.mark.parametrize("prefix", ["12345", "1234567", "12345G"])
def test_a_range_prefix_is_six_hex_digits(hibp: httpx.Client, prefix: str) -> None:
    assert hibp.get(f"/breachedaccount/range/{prefix}").status_code == 400


def test_ranges_need_a_pro_plan(sandbox: Sandbox) -> None:
    with hibp_client(sandbox) as hibp:
        path = f"/breachedaccount/range/{sha1('sam@example.org')[:6]}"
        sandbox.plan("hibp", rpm=999)
        assert hibp.get(path).status_code == 403
        sandbox.plan("hibp", rpm=1000)
        assert hibp.get(path).status_code == 200
