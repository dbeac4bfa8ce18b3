"""LeakCheck queries."""

import hashlib
from typing import Any

import httpx
import pytest

from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines_tests.sandbox.support import leakcheck_client


def _query(client: httpx.Client, query: str, **params: str | int) -> dict[str, Any]:
    response = client.get(f"/query/{query}", params=params)
    assert response.status_code == 200
    return response.json()


def test_a_found_row_has_the_documented_shape(leakcheck: httpx.Client) -> None:
    answer = _query(leakcheck, "ada.lindqvist@example.com", type="email")
    assert answer["success"] is True
    assert answer["found"] == 1
    assert isinstance(answer["quota"], int)
    assert answer["result"] == [
        {
            "email": "ada.lindqvist@example.com",
            "source": {
                "name": "Adobe.com",
                "breach_date": "2013-10",
                "unverified": 0,
                "passwordless": 0,
                "compilation": 0,
            },
            "username": "adal",
            "password": "Blueberry#9",
            "fields": ["username", "password"],
        }
    ]


def test_nothing_found_is_200_with_found_0(leakcheck: httpx.Client) -> None:
    answer = _query(leakcheck, "bruno.keller@example.net")
    assert (answer["success"], answer["found"], answer["result"]) == (True, 0, [])


@pytest.mark.parametrize("query", ["+33612200013", "33612200013", "%2B33612200013"])
@pytest.mark.parametrize("kind", ["auto", "phone"])
def test_a_phone_is_found_by_its_digits(leakcheck: httpx.Client, query: str, kind: str) -> None:
    (row,) = _query(leakcheck, query, type=kind)["result"]
    assert row["phone"] == "33612200013"
    assert row["source"]["passwordless"] == 1
    assert "password" not in row


@pytest.mark.parametrize("kind", ["auto", "username"])
def test_a_username_is_found_in_any_case(leakcheck: httpx.Client, kind: str) -> None:
    answer = _query(leakcheck, "URI_el_navarro", type=kind)
    assert [row["source"]["compilation"] for row in answer["result"]] == [0, 1]
    assert "breach_date" not in answer["result"][1]["source"]


@pytest.mark.parametrize("digits", [24, 64])
@pytest.mark.parametrize("kind", ["auto", "hash"])
def test_an_email_is_found_by_its_sha256(leakcheck: httpx.Client, kind: str, digits: int) -> None:
    digest = hashlib.sha256(b"valerie.dumont@example.org").hexdigest()[:digits]
    (row,) = _query(leakcheck, digest, type=kind)["result"]
    assert row["source"]["name"] == "FitPulse.example"


def test_limit_and_offset_page_through_rows(sandbox: Sandbox) -> None:
    for number in range(5):
        source = {"name": f"Source{number}", "breach_date": f"2020-0{number + 1}"}
        sandbox.add_leak({"username": "pager", "source": source})
    with leakcheck_client(sandbox) as client:
        page = _query(client, "pager", limit=2, offset=3)
        assert [row["source"]["name"] for row in page["result"]] == ["Source3", "Source4"]
        assert page["found"] == 2


@pytest.mark.parametrize(
    ("query", "params", "status", "error"),
    [
        ("ab", {}, 400, "Too short query (< 3 characters)"),
        ("abc", {"type": "colour"}, 400, "Invalid type"),
        ("abc", {"type": "email"}, 400, "Invalid email"),
        ("abc", {"type": "phone"}, 400, "Invalid phone"),
        ("abc123", {"type": "hash"}, 400, "Invalid hash"),
        ("abc", {"limit": "1001"}, 400, "Invalid limit"),
        ("abc", {"limit": "0"}, 400, "Invalid limit"),
        ("abc", {"offset": "2501"}, 400, "Invalid offset"),
        ("two words", {}, 422, "Could not determine search type automatically"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    leakcheck: httpx.Client, query: str, params: dict[str, str], status: int, error: str
) -> None:
    response = leakcheck.get(f"/query/{query}", params=params)
    assert response.status_code == status
    assert response.json() == {"success": False, "error": error}


def test_a_missing_key_is_401_and_a_bad_one_400(shared_sandbox: Sandbox) -> None:
    missing = httpx.get(f"{shared_sandbox.leakcheck_url}/query/someone")
    assert missing.status_code == 401
    assert missing.json() == {"success": False, "error": "Missing X-API-Key"}
    with leakcheck_client(shared_sandbox, key="wrong") as client:
        bad = client.get("/query/someone")
    assert bad.status_code == 400
    assert bad.json() == {"success": False, "error": "Invalid X-API-Key"}


def test_each_query_takes_from_the_quota_until_none_is_left(sandbox: Sandbox) -> None:
    sandbox.world.leakcheck.set_quota(2)
    with leakcheck_client(sandbox) as client:
        assert [_query(client, "someone")["quota"] for _ in range(2)] == [1, 0]
        spent = client.get("/query/someone")
    assert spent.status_code == 403
    assert spent.json()["error"] == "Limit reached"
