"""The land registers' adapters against the sandbox: whole answers over many pages, typed faults."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date

import pytest

from kordant_pipelines.providers.acris.client import AcrisClient
from kordant_pipelines.providers.cook.client import CookClient
from kordant_pipelines.providers.errors import ErrorCode, ProviderError
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.sandbox.world.records import RegisterName

from .opening import QUICK, attom_at, philadelphia_at, soda_at

MANY = 2_314
PARCELS = {
    "acris": "1999030001",
    "cook": "99099990031001",
    "philadelphia": "999000301",
    "attom": "8 ELM ROW | AUSTIN, TX 78701",
}

Ask = Callable[[str], Awaitable[list[str]]]
"""Asks about a parcel; the numbers of its documents."""


@asynccontextmanager
async def asking(provider: str, sandbox: Sandbox, valkey_url: str) -> AsyncGenerator[Ask]:
    """A register's adapter, opened as a scan opens it."""
    match provider:
        case "acris":
            async with soda_at(sandbox.acris_url, valkey_url, token=sandbox.app_token) as soda:
                yield lambda parcel: _acris(AcrisClient(soda), parcel)
        case "cook":
            async with soda_at(sandbox.cook_url, valkey_url, provider="cook") as soda:
                yield lambda parcel: _cook(CookClient(soda), parcel)
        case "philadelphia":
            async with philadelphia_at(sandbox.philadelphia_url, valkey_url) as client:

                async def transfers(parcel: str) -> list[str]:
                    return [row.document_id for row in await client.transfers(parcel)]

                yield transfers
        case _:
            async with attom_at(sandbox.attom_url, valkey_url, sandbox.attom_key) as client:

                async def sales(parcel: str) -> list[str]:
                    street, _, city = parcel.partition(" | ")
                    if await client.detail(street, city) is None:
                        return []
                    return [s.amount.saledocnum for s in await client.sales(street, city)]

                yield sales


async def _acris(client: AcrisClient, parcel: str) -> list[str]:
    borough, block, lot = int(parcel[0]), int(parcel[1:6]), int(parcel[6:])
    found = await client.documents(borough, block, lot)
    assert all(document.master and document.grantees for document in found)
    return [document.document_id for document in found]


async def _cook(client: CookClient, parcel: str) -> list[str]:
    return [sale.doc_no for sale in await client.sales(parcel)]


async def _ask(provider: str, sandbox: Sandbox, valkey_url: str, parcel: str) -> list[str]:
    async with asking(provider, sandbox, valkey_url) as ask:
        return await ask(parcel)


@pytest.mark.parametrize("provider", PARCELS)
def test_over_two_thousand_documents_come_whole_and_once(
    provider: str, sandbox: Sandbox, valkey_url: str
) -> None:
    book = sandbox.world.records
    for n in range(MANY):
        book.record(
            RegisterName(provider),
            PARCELS[provider],
            "deed",
            number=f"{70000000 + n}",
            recorded_on=date(2001 + n % 20, 1 + n % 12, 1 + n % 28),
            amount=n,
            grantors=["A"],
            grantees=["B"],
        )
    found = asyncio.run(_ask(provider, sandbox, valkey_url, PARCELS[provider]))
    assert len(found) == MANY
    assert set(found) == {f"{70000000 + n}" for n in range(MANY)}


@pytest.mark.parametrize(
    ("provider", "parcel"),
    [("acris", "1999030009"), ("cook", "99099990031009"), ("philadelphia", "999000309")],
)
def test_a_parcel_without_documents_has_none(
    provider: str, parcel: str, sandbox: Sandbox, valkey_url: str
) -> None:
    assert asyncio.run(_ask(provider, sandbox, valkey_url, parcel)) == []


FAULTS = {
    "not_ready": ErrorCode.UNAVAILABLE,
    "rate_limited": ErrorCode.RATE_LIMITED,
    "unavailable": ErrorCode.UNAVAILABLE,
    "truncated": ErrorCode.MALFORMED_RESPONSE,
    "disconnect": ErrorCode.MALFORMED_RESPONSE,
    "wrong_json": ErrorCode.SCHEMA_DRIFT,
    "schema_drift": ErrorCode.SCHEMA_DRIFT,
}


@pytest.mark.parametrize("provider", PARCELS)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_a_typed_error_that_names_no_parcel(
    provider: str, fault: str, sandbox: Sandbox, valkey_url: str
) -> None:
    parcel = PARCELS[provider]
    sandbox.record(provider, parcel, "deed", grantees=["SOMEBODY SECRET"])
    sandbox.fault(provider, fault)
    try:
        with pytest.raises(ProviderError) as refused:
            asyncio.run(_ask(provider, sandbox, valkey_url, parcel))
    finally:
        sandbox.clear_faults()
    assert refused.value.code is FAULTS[fault]
    assert refused.value.provider == provider
    said = repr(refused.value) + str(refused.value) + repr(refused.value.__context__)
    for secret in (parcel, parcel.partition(" | ")[0], "SECRET", "99903"):
        assert secret not in said


def test_a_wrong_app_token_is_a_bad_key(sandbox: Sandbox, valkey_url: str) -> None:
    async def ask() -> None:
        async with soda_at(sandbox.acris_url, valkey_url, token="wrong") as soda:
            await AcrisClient(soda).documents(1, 99903, 1)

    with pytest.raises(ProviderError) as refused:
        asyncio.run(ask())
    assert refused.value.code is ErrorCode.BAD_KEY
    assert "KORDANT_ACRIS_API_KEY" in str(refused.value)


def test_of_two_publications_the_later_counts(sandbox: Sandbox, valkey_url: str) -> None:
    lot = "1999030021"
    for doc_type, grantees in (("DEED", ["FIRST SPELLING"]), ("CORRD", ["SECOND SPELLING"])):
        sandbox.world.records.record(
            RegisterName.ACRIS, lot, doc_type, number="55", grantees=grantees
        )
    # Published on one day: either may count; of two days, the later.
    records = sandbox.world.records
    earlier = records.of(RegisterName.ACRIS)[-2]
    records.replace(earlier, earlier.model_copy(update={"published_on": date(2020, 1, 31)}))

    async def ask() -> tuple[str, tuple[str, ...]]:
        async with soda_at(sandbox.acris_url, valkey_url) as soda:
            [document] = await AcrisClient(soda).documents(1, 99903, 21)
            assert document.master is not None
            return document.master.doc_type, document.grantees

    assert asyncio.run(ask()) == ("CORRD", ("SECOND SPELLING",))


def test_an_account_number_is_a_literal_whatever_it_holds(
    sandbox: Sandbox, valkey_url: str
) -> None:
    sandbox.record("philadelphia", "999000331", "deed", grantees=["B"])
    found = asyncio.run(
        _ask("philadelphia", sandbox, valkey_url, "999000331' OR opa_account_num = '999000331")
    )
    assert found == []


def test_how_far_each_source_has_come(sandbox: Sandbox, valkey_url: str) -> None:
    async def ask() -> list[date | None]:
        async with (
            soda_at(sandbox.acris_url, valkey_url) as acris,
            soda_at(sandbox.cook_url, valkey_url, provider="cook") as cook,
            philadelphia_at(sandbox.philadelphia_url, valkey_url) as philadelphia,
        ):
            return [
                await AcrisClient(acris).good_through(),
                await CookClient(cook).good_through(),
                await philadelphia.good_through(),
            ]

    book = sandbox.world.records
    assert asyncio.run(ask()) == [
        book.good_through(RegisterName(name)) for name in ("acris", "cook", "philadelphia")
    ]


def test_a_202_is_asked_again(sandbox: Sandbox, valkey_url: str) -> None:
    sandbox.record("cook", "99099990031041", "deed", grantees=["B"])
    sandbox.fault("cook", "not_ready", times=2)

    async def ask() -> int:
        async with soda_at(sandbox.cook_url, valkey_url, provider="cook", retries=QUICK) as soda:
            return len(await CookClient(soda).sales("99099990031041"))

    assert asyncio.run(ask()) == 1
