"""The adapters against the sandbox: HIBP's own test accounts, leaks, faults and limits."""

import asyncio
import secrets
from collections.abc import Generator

import pytest

from kordant_pipelines.providers.errors import ErrorCode, ProviderError
from kordant_pipelines.providers.leakcheck.client import LeakCheckKind
from kordant_pipelines.providers.retrying import RetryBudget
from kordant_pipelines.providers.transport import Timeouts
from kordant_pipelines.sandbox.faults import FaultKind
from kordant_pipelines.sandbox.serve import Sandbox

from .opening import ONCE, QUICK, hibp_at, leakcheck_at

UNKNOWN = "nobody@example.com"
SHORT = Timeouts(total=0.3)
PATIENT = RetryBudget(attempts=3, total_wait=3.0, first_wait=0.001)


@pytest.fixture(autouse=True)
def healthy(sandbox: Sandbox) -> Generator[None]:
    sandbox.clear_faults()
    sandbox.reset_calls()
    yield
    sandbox.clear_faults()


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
        ("paste-sensitive-breach", 0, 1),
        ("sensitive-breach", 0, 0),
        ("sensitive-and-other-breaches", 2, 0),
        ("spam-list-only", 1, 0),
        ("stealer-log", 1, 0),
        ("subscription-free-breach", 1, 0),
        ("subscription-free-and-other-breaches", 3, 0),
        ("unverified-breach", 1, 0),
        ("nobody", 0, 0),
    ],
)
def test_hibps_test_accounts(
    alias: str, breaches: int, pastes: int, sandbox: Sandbox, valkey_url: str
) -> None:
    email = f"{alias}@hibp-integration-tests.com"

    async def ask() -> tuple[int, int]:
        async with hibp_at(sandbox.hibp_url, valkey_url, sandbox.hibp_key) as client:
            return len(await client.breached_account(email)), len(await client.pastes(email))

    assert asyncio.run(ask()) == (breaches, pastes)


def test_a_published_breach_is_seen_by_all_of_it(sandbox: Sandbox, valkey_url: str) -> None:
    name, email = f"Breach{secrets.token_hex(4)}", "Grace.Hopper@example.com"
    sandbox.publish_breach({"Name": name, "DataClasses": ["Passwords"]}, [email.lower()])

    async def ask() -> tuple[str, list[str], list[str]]:
        async with hibp_at(sandbox.hibp_url, valkey_url, sandbox.hibp_key) as client:
            return (
                (await client.latest_breach()).name,
                [breach.name for breach in await client.breaches()],
                [breach.name for breach in await client.breached_account(email)],
            )

    latest, catalogue, account = asyncio.run(ask())
    assert latest == name
    assert name in catalogue
    assert account == [name]


def test_leaks_by_each_kind(sandbox: Sandbox, valkey_url: str) -> None:
    row: dict[str, object] = {
        "email": "Grace@example.com",
        "username": "amazing_grace",
        "phone": "+12065550142",
        "password": "hunter2",
        "source": {"name": "Leaky.example", "breach_date": "2021-03"},
    }
    sandbox.add_leak(row)

    async def ask(value: str, kind: LeakCheckKind) -> tuple[int, str]:
        async with leakcheck_at(sandbox.leakcheck_url, valkey_url, sandbox.leakcheck_key) as client:
            result = await client.query(value, kind)
            assert result.complete
            return len(result.rows), repr(result)

    for value, kind in (
        ("grace@EXAMPLE.com", LeakCheckKind.EMAIL),
        ("amazing_grace", LeakCheckKind.USERNAME),
        ("+1 206 555 0142", LeakCheckKind.PHONE),
    ):
        rows, said = asyncio.run(ask(value, kind))
        assert rows == 1, kind
        assert "Leaky.example" in said
        assert "hunter2" not in said
    assert asyncio.run(ask("amazing_gr", LeakCheckKind.USERNAME))[0] == 0


def test_leaks_over_several_pages(sandbox: Sandbox, valkey_url: str) -> None:
    for number in range(5):
        sandbox.add_leak({"username": "pager", "source": {"name": f"Source {number}"}})

    async def ask() -> tuple[set[str], bool]:
        async with leakcheck_at(
            sandbox.leakcheck_url, valkey_url, sandbox.leakcheck_key, page_size=2
        ) as client:
            result = await client.query("pager", LeakCheckKind.USERNAME)
            return {row.source for row in result.rows}, result.complete

    assert asyncio.run(ask()) == ({f"Source {number}" for number in range(5)}, True)


CODES = {
    FaultKind.RATE_LIMITED: ErrorCode.RATE_LIMITED,
    FaultKind.UNAVAILABLE: ErrorCode.UNAVAILABLE,
    FaultKind.TIMEOUT: ErrorCode.TIMEOUT,
    FaultKind.TRUNCATED: ErrorCode.MALFORMED_RESPONSE,
    FaultKind.DISCONNECT: ErrorCode.MALFORMED_RESPONSE,
    FaultKind.BAD_KEY: ErrorCode.BAD_KEY,
    FaultKind.SCHEMA_DRIFT: ErrorCode.SCHEMA_DRIFT,
    FaultKind.NOT_READY: ErrorCode.MALFORMED_RESPONSE,
    FaultKind.WRONG_JSON: ErrorCode.SCHEMA_DRIFT,
}


@pytest.mark.parametrize("kind", FaultKind)
def test_each_fault_of_hibp(kind: FaultKind, sandbox: Sandbox, valkey_url: str, key: str) -> None:
    sandbox.world.hibp.keys.add(key)
    sandbox.fault("hibp", kind, retry_after=20)

    async def ask() -> ErrorCode:
        async with hibp_at(sandbox.hibp_url, valkey_url, key, timeouts=SHORT) as client:
            with pytest.raises(ProviderError) as refused:
                await client.breached_account("account-exists@hibp-integration-tests.com")
            return refused.value.code

    assert asyncio.run(ask()) is CODES[kind]


@pytest.mark.parametrize("kind", set(FaultKind) - {FaultKind.TIMEOUT})
def test_each_fault_of_leakcheck(
    kind: FaultKind, sandbox: Sandbox, valkey_url: str, key: str
) -> None:
    sandbox.world.leakcheck.keys.add(key)
    sandbox.fault("leakcheck", kind)

    async def ask() -> ErrorCode:
        async with leakcheck_at(sandbox.leakcheck_url, valkey_url, key) as client:
            with pytest.raises(ProviderError) as refused:
                await client.query("nobody_at_all", LeakCheckKind.USERNAME)
            return refused.value.code

    assert asyncio.run(ask()) is CODES[kind]


def test_faults_that_pass_are_not_seen(sandbox: Sandbox, valkey_url: str, key: str) -> None:
    sandbox.world.hibp.keys.add(key)
    sandbox.fault("hibp", FaultKind.UNAVAILABLE, times=1)
    sandbox.fault("hibp", FaultKind.DISCONNECT, times=1)

    async def ask() -> int:
        async with hibp_at(sandbox.hibp_url, valkey_url, key, retries=QUICK) as client:
            return len(await client.pastes("account-exists@hibp-integration-tests.com"))

    assert asyncio.run(ask()) == 1
    assert sandbox.call_count("hibp", status=200) >= 1


def test_workers_that_share_a_key_are_never_throttled(
    sandbox: Sandbox, valkey_url: str, key: str
) -> None:
    """HIBP's plan is learned from its status, and a burst stays within it without one 429."""
    sandbox.world.hibp.keys.add(key)
    sandbox.plan("hibp", rpm=12)

    async def scan(asked: int) -> list[str]:
        async with hibp_at(
            sandbox.hibp_url, valkey_url, key, learned=False, max_wait=0.0
        ) as client:
            # One first, so that the burst meets the learned limit and not the wide default.
            calls = [client.breached_account(UNKNOWN) for _ in range(asked)]
            outcomes = [*await asyncio.gather(calls[0], return_exceptions=True)]
            outcomes += await asyncio.gather(*calls[1:], return_exceptions=True)
            return [type(outcome).__name__ for outcome in outcomes]

    async def scans() -> list[str]:
        first = await scan(6)
        return first + [name for names in await asyncio.gather(scan(6), scan(6)) for name in names]

    try:
        outcomes = asyncio.run(scans())
        # Of the twelve, reading the limit took one.
        assert outcomes.count("list") == 11
        assert outcomes.count("RetryableProviderError") == 7
        assert sandbox.call_count("hibp", status=429) == 0
        assert sandbox.call_count("hibp", endpoint="/subscription/status") == 1
    finally:
        sandbox.plan("hibp", rpm=12_000)


def test_a_throttled_worker_waits_as_told(sandbox: Sandbox, valkey_url: str, key: str) -> None:
    sandbox.world.hibp.keys.add(key)
    sandbox.fault("hibp", FaultKind.RATE_LIMITED, times=1, retry_after=1)

    async def ask() -> int:
        async with hibp_at(
            sandbox.hibp_url, valkey_url, key, retries=PATIENT, max_wait=2.0
        ) as client:
            return len(await client.pastes("account-exists@hibp-integration-tests.com"))

    assert asyncio.run(ask()) == 1


def test_a_wrong_base_url_never_reads_as_clean(sandbox: Sandbox, valkey_url: str, key: str) -> None:
    for base in (f"{sandbox.url}/hibp/api/v2", sandbox.url, f"{sandbox.url}/leakcheck/api/v2"):

        async def ask(url: str = base) -> None:
            async with hibp_at(url, valkey_url, key, retries=ONCE) as client:
                with pytest.raises(ProviderError):
                    await client.breached_account(UNKNOWN)

        asyncio.run(ask())
