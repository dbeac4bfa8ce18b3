"""The limits of a key's plan, on a clock that stands still."""

import httpx

from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.sandbox.world.breaches import SANDBOX_KEY, TEST_KEY
from kordant_pipelines_tests.sandbox.support import Clock, hibp_client, leakcheck_client

CLEAN = "/breachedaccount/bruno.keller@example.net"


def _statuses(client: httpx.Client, path: str, times: int) -> list[int]:
    return [client.get(path).status_code for _ in range(times)]


def test_requests_beyond_the_plan_wait_for_the_minute_to_pass(
    sandbox: Sandbox, clock: Clock
) -> None:
    sandbox.plan("hibp", rpm=3)
    with hibp_client(sandbox) as hibp:
        assert _statuses(hibp, CLEAN, 2) == [404, 404]
        clock.advance(20.5)
        assert _statuses(hibp, CLEAN, 1) == [404]
        refused = hibp.get(CLEAN)
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "40"  # 39.5 s rounded up
        assert refused.json() == {
            "statusCode": 429,
            "message": "Rate limit is exceeded. Try again in 40 seconds.",
        }
        clock.advance(39)
        assert _statuses(hibp, CLEAN, 1) == [429]
        clock.advance(0.5)
        assert _statuses(hibp, CLEAN, 3) == [404, 404, 429]


def test_any_minute_counts_not_only_whole_ones(sandbox: Sandbox, clock: Clock) -> None:
    sandbox.plan("hibp", rpm=2)
    with hibp_client(sandbox) as hibp:
        clock.advance(59)
        assert _statuses(hibp, CLEAN, 2) == [404, 404]
        clock.advance(2)  # a new minute of the clock, yet the block of a minute is full
        assert _statuses(hibp, CLEAN, 1) == [429]


def test_each_key_has_its_own_allowance(sandbox: Sandbox) -> None:
    sandbox.plan("hibp", rpm=1)
    with hibp_client(sandbox, TEST_KEY) as one, hibp_client(sandbox, SANDBOX_KEY) as other:
        assert _statuses(one, CLEAN, 2) == [404, 429]
        assert _statuses(other, CLEAN, 2) == [404, 429]


def test_keyless_endpoints_and_refused_keys_use_no_allowance(sandbox: Sandbox) -> None:
    sandbox.plan("hibp", rpm=1)
    with hibp_client(sandbox, key="f" * 32) as bad, hibp_client(sandbox) as good:
        assert _statuses(bad, CLEAN, 3) == [401] * 3
        assert _statuses(good, "/latestbreach", 3) == [200] * 3
        assert _statuses(good, CLEAN, 1) == [404]


def test_a_smaller_plan_counts_what_was_used_already(sandbox: Sandbox, clock: Clock) -> None:
    with hibp_client(sandbox) as hibp:
        for _ in range(5):
            assert _statuses(hibp, CLEAN, 1) == [404]
            clock.advance(2)
        sandbox.plan("hibp", rpm=2)
        refused = hibp.get(CLEAN)
        # four of the five must be a minute old before another may pass; the fourth is 4 s old
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "56")
        clock.advance(56)
        assert _statuses(hibp, CLEAN, 1) == [404]


def test_leakcheck_is_limited_by_the_second_and_does_not_say_when(
    sandbox: Sandbox, clock: Clock
) -> None:
    sandbox.plan("leakcheck", rps=3)
    with leakcheck_client(sandbox) as client:
        assert _statuses(client, "/query/someone", 3) == [200] * 3
        refused = client.get("/query/someone")
        assert refused.status_code == 429
        assert refused.json() == {"success": False, "error": "Too many requests"}
        assert "retry-after" not in refused.headers
        clock.advance(1)
        assert _statuses(client, "/query/someone", 1) == [200]
