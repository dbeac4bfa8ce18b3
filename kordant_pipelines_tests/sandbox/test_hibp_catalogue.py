"""Have I Been Pwned's keyless endpoints and the key's subscription."""

from typing import Any

import httpx

from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines_tests.sandbox.support import hibp_client, names


def test_the_catalogue_needs_no_key(shared_sandbox: Sandbox) -> None:
    with hibp_client(shared_sandbox, key=None) as keyless:
        for path in ("/breaches", "/breach/Adobe", "/latestbreach", "/dataclasses"):
            assert keyless.get(path).status_code == 200


def test_the_catalogue_holds_every_breach_in_order(hibp: httpx.Client) -> None:
    found = names(hibp.get("/breaches"))
    assert len(found) == 46
    assert found == sorted(found)
    assert {"RetiredCircle", "VelvetRooms", "MailBlastPro", "FakeBankDump"} <= set(found)


def test_the_catalogue_by_domain_and_spam_list(hibp: httpx.Client) -> None:
    assert names(hibp.get("/breaches", params={"Domain": "ADOBE.com"})) == ["Adobe"]
    assert hibp.get("/breaches", params={"Domain": "nowhere.example"}).json() == []
    spam = names(hibp.get("/breaches", params={"IsSpamList": "true"}))
    rest = names(hibp.get("/breaches", params={"IsSpamList": "false"}))
    assert spam == ["LeadSpreader", "MailBlastPro"]
    assert len(rest) == 44
    assert not set(spam) & set(rest)
    assert hibp.get("/breaches", params={"IsSpamList": "perhaps"}).status_code == 400


def test_one_breach_by_name(hibp: httpx.Client) -> None:
    breach: dict[str, Any] = hibp.get("/breach/Adobe").json()
    assert (breach["Name"], breach["Domain"]) == ("Adobe", "adobe.com")
    assert "Attribution" not in breach
    assert hibp.get("/breach/PinnacleRetail").json()["Attribution"]
    missing = hibp.get("/breach/NoSuchBreach")
    assert (missing.status_code, missing.content) == (404, b"")


def test_the_latest_breach_is_the_one_added_last(sandbox: Sandbox) -> None:
    with hibp_client(sandbox) as hibp:
        assert hibp.get("/latestbreach").json()["Name"] == "PetPortal"
        sandbox.publish_breach({"Name": "OldOne", "AddedDate": "2019-01-01T00:00:00Z"})
        assert hibp.get("/latestbreach").json()["Name"] == "PetPortal"
        sandbox.publish_breach({"Name": "NewOne"})
        sandbox.publish_breach({"Name": "InTheSameSecond"})
        assert hibp.get("/latestbreach").json()["Name"] == "InTheSameSecond"


def test_the_data_classes_are_those_of_the_catalogue(hibp: httpx.Client) -> None:
    kinds: list[str] = hibp.get("/dataclasses").json()
    assert kinds == sorted(set(kinds))
    assert {"Email addresses", "Passwords", "Genetic data"} <= set(kinds)


def test_the_subscription_tells_its_limit(sandbox: Sandbox) -> None:
    with hibp_client(sandbox) as hibp:
        status: dict[str, Any] = hibp.get("/subscription/status").json()
        assert (status["Rpm"], status["IncludesKAnon"]) == (12_000, True)
        assert {"SubscriptionName", "Description", "SubscribedUntil"} <= status.keys()
        sandbox.plan("hibp", rpm=10)
        core: dict[str, Any] = hibp.get("/subscription/status").json()
        assert (core["Rpm"], core["IncludesKAnon"]) == (10, False)
