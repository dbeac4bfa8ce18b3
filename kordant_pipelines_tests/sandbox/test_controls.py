"""Changing a running world, and counting what was asked of it."""

from typing import Any

import httpx
import pytest

from kordant_pipelines.sandbox.client import SandboxControls, SandboxRefusedError
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines_tests.sandbox.support import (
    INTEGRATION,
    Clock,
    hibp_client,
    leakcheck_client,
    names,
    sha1,
)


def test_a_published_breach_is_known_everywhere_at_once(sandbox: Sandbox, clock: Clock) -> None:
    clean = "bruno.keller@example.net"
    breach = sandbox.publish_breach({"Name": "FreshLeak"}, [clean.upper(), "new@example.org"])
    assert breach["AddedDate"] == clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    assert breach["ModifiedDate"] == breach["AddedDate"]
    assert (breach["Title"], breach["PwnCount"], breach["IsVerified"]) == ("FreshLeak", 2, True)
    with hibp_client(sandbox) as hibp:
        assert names(hibp.get(f"/breachedaccount/{clean}")) == ["FreshLeak"]
        assert hibp.get("/latestbreach").json() == breach
        assert hibp.get("/breach/FreshLeak").json() == breach
        suffixes = hibp.get(f"/breachedaccount/range/{sha1(clean)[:6]}").json()
        assert suffixes == [{"hashSuffix": sha1(clean)[6:], "websites": ["FreshLeak"]}]


def test_the_world_may_be_changed_from_another_thread(sandbox: Sandbox) -> None:
    sandbox.world.hibp.publish({"Name": "Direct"}, ["nora.ellison@example.com"])
    with hibp_client(sandbox) as hibp:
        assert names(hibp.get("/breachedaccount/nora.ellison@example.com")) == ["Direct"]


def test_a_breach_may_be_given_whole(sandbox: Sandbox) -> None:
    given = {
        "Name": "Whole",
        "Title": "The Whole Thing",
        "Domain": "whole.example",
        "BreachDate": "2026-09-01",
        "AddedDate": "2026-10-02T03:04:05Z",
        "ModifiedDate": "2026-10-03T03:04:05Z",
        "PwnCount": 12,
        "Description": "<b>d</b>",
        "LogoPath": "https://logos.example/whole.png",
        "Attribution": "someone",
        "DataClasses": ["Names"],
        "IsVerified": False,
        "IsFabricated": True,
        "IsSensitive": True,
        "IsRetired": True,
        "IsSpamList": True,
        "IsMalware": True,
        "IsStealerLog": True,
        "IsSubscriptionFree": True,
    }
    assert sandbox.publish_breach(given) == given


def test_a_published_stealer_log_names_its_sites(sandbox: Sandbox) -> None:
    sandbox.publish_breach(
        {"Name": "Logs", "IsStealerLog": True}, ["a@example.com"], stealer_domains=["b.example"]
    )
    with hibp_client(sandbox) as hibp:
        assert hibp.get("/stealerlogsbyemail/a@example.com").json() == ["b.example"]


def test_an_amended_breach_is_modified_later(sandbox: Sandbox, clock: Clock) -> None:
    before: dict[str, Any] = sandbox.publish_breach({"Name": "Growing"}, ["a@example.com"])
    clock.advance(3600)
    grown = [*before["DataClasses"], "Phone numbers"]
    after = sandbox.amend_breach("Growing", {"DataClasses": grown})
    assert after["DataClasses"] == grown
    assert after["ModifiedDate"] == clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    assert after["AddedDate"] == before["AddedDate"]
    again = sandbox.amend_breach("growing", {"PwnCount": 9})
    assert str(again["ModifiedDate"]) > str(after["ModifiedDate"])  # in the same second
    given = sandbox.amend_breach("Growing", {"ModifiedDate": "2027-01-01T00:00:00Z"})
    assert given["ModifiedDate"] == "2027-01-01T00:00:00Z"


def test_a_retired_breach_leaves_the_search_and_stays_in_the_catalogue(sandbox: Sandbox) -> None:
    sandbox.amend_breach("Adobe", {"IsRetired": True})
    with hibp_client(sandbox) as hibp:
        assert hibp.get(f"/breachedaccount/account-exists@{INTEGRATION}").status_code == 404
        assert hibp.get("/breach/Adobe").json()["IsRetired"] is True


@pytest.mark.parametrize(
    "row",
    [{"phone": "+17205550111"}, {"username": "noraellison_writes"}, {"email": "nora@example.com"}],
)
def test_an_added_leak_is_found(sandbox: Sandbox, row: dict[str, str]) -> None:
    sandbox.add_leak({**row, "password": "p", "source": {"name": "New.example"}})
    (query,) = row.values()
    with leakcheck_client(sandbox) as client:
        found = client.get(f"/query/{query}").json()
    assert [one["source"]["name"] for one in found["result"]] == ["New.example"]


def test_calls_are_counted_by_template_and_never_by_identifier(sandbox: Sandbox) -> None:
    with hibp_client(sandbox) as hibp, leakcheck_client(sandbox) as leakcheck:
        hibp.get("/breachedaccount/ada.lindqvist@example.com")
        hibp.get("/breachedaccount/carmen.ortega@example.org")
        hibp.get("/breachedaccount/bruno.keller@example.net")
        leakcheck.get("/query/+12025550119")
    counts = {(c.provider, c.endpoint, c.status): c.count for c in sandbox.calls()}
    assert counts == {
        ("hibp", "/breachedaccount/{account}", 200): 2,
        ("hibp", "/breachedaccount/{account}", 404): 1,
        ("leakcheck", "/query/{query}", 200): 1,
    }
    assert sandbox.call_count("hibp") == 3
    assert sandbox.call_count("hibp", endpoint="/breachedaccount/{account}", status=404) == 1
    sandbox.reset_calls()
    assert sandbox.calls() == []


def test_the_world_is_listed_without_identifiers(shared_sandbox: Sandbox) -> None:
    listing = httpx.get(f"{shared_sandbox.url}/control/world")
    assert "@" not in listing.text
    world = shared_sandbox.world_summary()
    assert len(world.customers) == 25
    assert world.customers[0].model_dump() == {"ref": "demo-0001", "tier": "basic"}
    assert "Adobe" in world.breaches


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "naming"),
    [
        ("POST", "breaches", {}, 422, "breach: Field required"),
        ("POST", "breaches", {"breach": {}}, 422, "breach.Name:"),
        ("POST", "breaches", {"breach": {"Name": "two words"}}, 422, "breach.Name:"),
        ("POST", "breaches", {"breach": {"Name": "A", "PwnCount": "x"}}, 422, "breach.PwnCount:"),
        ("POST", "breaches", {"breach": {"Name": "A", "Colour": 1}}, 422, "breach.Colour:"),
        ("POST", "breaches", {"breach": {"Name": "A", "AddedDate": "2026-01-01T00:00:00"}}, 422,
         "breach.AddedDate:"),
        ("POST", "breaches", {"breach": {"Name": "A"}, "accounts": ["x"]}, 422, "accounts.0:"),
        ("POST", "breaches", {"breach": {"Name": "adobe"}}, 409, "already holds adobe"),
        ("PATCH", "breaches/Nope", {"PwnCount": 1}, 404, "Nope"),
        ("PATCH", "breaches/Adobe", {"Name": "B"}, 422, "Name:"),
        ("PATCH", "breaches/Adobe", {"IsRetired": "perhaps"}, 422, "IsRetired:"),
        ("PATCH", "breaches/Adobe", [], 422, "body:"),
        ("POST", "leaks", {"source": {"name": "S"}}, 422, "an email, a username or a phone"),
        ("POST", "leaks", {"email": "a@b.c"}, 422, "source: Field required"),
        ("POST", "leaks", {"email": "a@b.c", "source": {"name": "S", "breach_date": "May"}}, 422,
         "source.breach_date:"),
        ("POST", "faults", {"provider": "acme", "kind": "timeout"}, 422, "provider:"),
        ("POST", "faults", {"provider": "hibp", "kind": "tired"}, 422, "kind:"),
        ("POST", "faults", {"provider": "hibp", "kind": "timeout", "times": 0}, 422, "times:"),
        ("POST", "faults", {"provider": "hibp", "kind": "timeout", "probability": 2}, 422,
         "probability:"),
        ("POST", "plan", {"provider": "hibp"}, 422, "give either rpm or rps"),
        ("POST", "plan", {"provider": "hibp", "rpm": 0}, 422, "rpm:"),
    ],
)  # fmt: skip
def test_a_malformed_control_is_refused_naming_the_field(
    shared_sandbox: Sandbox, method: str, path: str, body: object, status: int, naming: str
) -> None:
    response = httpx.request(method, f"{shared_sandbox.url}/control/{path}", json=body)
    assert response.status_code == status
    assert naming in response.json()["error"]


def test_a_body_that_is_no_json_is_refused(shared_sandbox: Sandbox) -> None:
    response = httpx.post(f"{shared_sandbox.url}/control/plan", content=b"{")
    assert (response.status_code, response.json()["error"]) == (422, "body: it must be JSON")


def test_the_client_passes_a_refusal_on(shared_sandbox: Sandbox) -> None:
    with (
        SandboxControls(shared_sandbox.url) as controls,
        pytest.raises(SandboxRefusedError, match="kind:"),
    ):
        controls.fault("hibp", "tired")


def test_the_client_says_when_the_address_is_no_sandbox(shared_sandbox: Sandbox) -> None:
    with (
        SandboxControls(shared_sandbox.hibp_url) as lost,
        pytest.raises(SandboxRefusedError, match="answered 404"),
    ):
        lost.clear_faults()
