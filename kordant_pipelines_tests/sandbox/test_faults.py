"""Each way a provider can be made to fail, as its caller sees it."""

import json
import time

import httpx
import pytest

from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines_tests.sandbox.support import (
    INTEGRATION,
    Clock,
    hibp_client,
    leakcheck_client,
    names,
)

ADOBE = f"/breachedaccount/account-exists@{INTEGRATION}"
CLEAN = "/breachedaccount/bruno.keller@example.net"


def test_rate_limited(sandbox: Sandbox) -> None:
    sandbox.fault("hibp", "rate_limited", times=2, retry_after=7)
    with hibp_client(sandbox) as hibp:
        refused = hibp.get(ADOBE)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
        assert [hibp.get(ADOBE).status_code for _ in range(2)] == [429, 200]


def test_rate_limited_at_leakcheck(sandbox: Sandbox) -> None:
    sandbox.fault("leakcheck", "rate_limited", times=1)
    sandbox.fault("leakcheck", "rate_limited", times=1, retry_after=3)
    with leakcheck_client(sandbox) as client:
        assert "retry-after" not in client.get("/query/someone").headers
        told = client.get("/query/someone")
        assert (told.status_code, told.headers["retry-after"]) == (429, "3")
        assert told.json()["success"] is False


def test_unavailable_is_a_page_not_json(sandbox: Sandbox) -> None:
    sandbox.fault("hibp", "unavailable", times=1)
    with hibp_client(sandbox) as hibp:
        down = hibp.get(ADOBE)
    assert down.status_code == 503
    assert down.headers["content-type"].startswith("text/html")
    assert "Cloudflare" in down.text


def test_bad_key_speaks_each_providers_way_and_spares_keyless_endpoints(sandbox: Sandbox) -> None:
    sandbox.fault("hibp", "bad_key")
    sandbox.fault("leakcheck", "bad_key")
    with hibp_client(sandbox) as hibp, leakcheck_client(sandbox) as leakcheck:
        assert hibp.get("/breaches").status_code == 200
        refused = hibp.get(ADOBE)
        assert refused.status_code == 401
        assert refused.json()["message"] == "Access denied due to invalid hibp-api-key."
        assert leakcheck.get("/query/someone").status_code == 400


@pytest.mark.parametrize("path", [ADOBE, "/breaches", CLEAN])
def test_truncated_is_a_complete_answer_of_half_the_json(sandbox: Sandbox, path: str) -> None:
    sandbox.fault("hibp", "truncated", times=1)
    with hibp_client(sandbox) as hibp:
        cut = hibp.get(path)
        assert cut.status_code == 200
        assert int(cut.headers["content-length"]) == len(cut.content) > 0
        with pytest.raises(json.JSONDecodeError):
            cut.json()
        assert hibp.get(ADOBE).json() == [{"Name": "Adobe"}]


@pytest.mark.parametrize("path", [ADOBE, CLEAN])
def test_disconnect_breaks_off_inside_the_body(sandbox: Sandbox, path: str) -> None:
    sandbox.fault("hibp", "disconnect", times=1)
    with hibp_client(sandbox) as hibp:
        with pytest.raises(httpx.RemoteProtocolError):
            hibp.get(path)
        assert hibp.get(ADOBE).status_code == 200


def test_schema_drift_renames_a_key(sandbox: Sandbox) -> None:
    sandbox.fault("hibp", "schema_drift")
    sandbox.fault("leakcheck", "schema_drift", times=1)
    with hibp_client(sandbox) as hibp, leakcheck_client(sandbox) as leakcheck:
        assert hibp.get(ADOBE).json() == [{"BreachName": "Adobe"}]
        assert "RequestsPerMinute" in hibp.get("/subscription/status").json()
        drifted = leakcheck.get("/query/lunaprieto88").json()
        assert "result" not in drifted
        assert drifted["results"][0]["origin"]["name"] == "ForoCine.example"


def test_schema_drift_waits_for_an_answer_it_can_show_in(sandbox: Sandbox) -> None:
    sandbox.fault("hibp", "schema_drift", times=1)
    with hibp_client(sandbox) as hibp:
        assert hibp.get(CLEAN).status_code == 404
        assert hibp.get(ADOBE).json() == [{"BreachName": "Adobe"}]
        assert hibp.get(ADOBE).json() == [{"Name": "Adobe"}]


def test_timeout_holds_the_answer_until_the_caller_gives_up(sandbox: Sandbox) -> None:
    sandbox.fault("hibp", "timeout", times=1)
    with hibp_client(sandbox) as hibp:
        with pytest.raises(httpx.ReadTimeout):
            hibp.get(ADOBE, timeout=0.2)
        assert hibp.get(ADOBE).status_code == 200
    deadline = time.monotonic() + 5
    while not sandbox.call_count("hibp", status=0):
        assert time.monotonic() < deadline, "the abandoned call was never counted"
    assert sandbox.call_count("hibp") == 2


def test_a_held_answer_is_bounded() -> None:
    with serving(hold_seconds=0.1) as sandbox, hibp_client(sandbox) as hibp:
        sandbox.fault("hibp", "timeout", times=1)
        assert hibp.get(ADOBE).status_code == 524


def test_a_fault_ends_after_its_seconds(sandbox: Sandbox, clock: Clock) -> None:
    sandbox.fault("hibp", "unavailable", seconds=30)
    with hibp_client(sandbox) as hibp:
        clock.advance(29.9)
        assert hibp.get(ADOBE).status_code == 503
        clock.advance(0.2)
        assert hibp.get(ADOBE).status_code == 200


def test_a_fault_lasts_until_it_is_cleared(sandbox: Sandbox) -> None:
    sandbox.fault("hibp", "unavailable")
    with hibp_client(sandbox) as hibp:
        assert {hibp.get(ADOBE).status_code for _ in range(5)} == {503}
        sandbox.clear_faults()
        assert hibp.get(ADOBE).status_code == 200


def test_a_fault_may_be_narrowed_to_a_path(sandbox: Sandbox) -> None:
    sandbox.fault("hibp", "unavailable", path_contains="/PasteAccount/")
    with hibp_client(sandbox) as hibp:
        assert hibp.get(ADOBE).status_code == 200
        assert hibp.get(f"/pasteaccount/account-exists@{INTEGRATION}").status_code == 503


def test_a_fault_strikes_one_provider_only(sandbox: Sandbox) -> None:
    sandbox.fault("leakcheck", "unavailable")
    with hibp_client(sandbox) as hibp, leakcheck_client(sandbox) as leakcheck:
        assert names(hibp.get(ADOBE)) == ["Adobe"]
        assert leakcheck.get("/query/someone").status_code == 503


def test_a_probable_fault_strikes_the_same_requests_every_time() -> None:
    seen: list[list[int]] = []
    for _ in range(2):
        with serving() as sandbox, hibp_client(sandbox) as hibp:
            sandbox.fault("hibp", "unavailable", probability=0.5)
            seen.append([hibp.get(ADOBE).status_code for _ in range(40)])
    assert seen[0] == seen[1]
    assert 8 <= seen[0].count(503) <= 32


def test_an_impossible_fault_never_strikes(sandbox: Sandbox) -> None:
    sandbox.fault("hibp", "unavailable", probability=0)
    with hibp_client(sandbox) as hibp:
        assert {hibp.get(ADOBE).status_code for _ in range(20)} == {200}
