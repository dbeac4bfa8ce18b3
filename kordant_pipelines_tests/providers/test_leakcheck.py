"""The LeakCheck client: rows without their data, pages to the end, and honesty about the end."""

import asyncio
import json

import pytest

from kordant_pipelines.providers.leakcheck.client import LeakCheckKind
from kordant_pipelines.providers.leakcheck.models import LeakCheckResult
from kordant_pipelines.providers.leakcheck.partial_date import PartialDate

from .opening import leakcheck_at
from .payloads import leak_page, leak_row
from .raw_server import json_answer, raw_server


def ask(
    valkey_url: str,
    key: str,
    *pages: str,
    page_size: int = 1000,
    value: str = "ada1815",
    kind: LeakCheckKind = LeakCheckKind.USERNAME,
) -> tuple[LeakCheckResult, list[str]]:
    """The result, and the targets of the requests it took."""

    async def asking() -> tuple[LeakCheckResult, list[str]]:
        answers = [json_answer(200, page) for page in pages]
        async with (
            raw_server(*answers) as server,
            leakcheck_at(server.url, valkey_url, key, page_size=page_size) as client,
        ):
            result = await client.query(value, kind)
            return result, [request.split()[1] for request in server.requests]

    return asyncio.run(asking())


def test_what_is_kept_of_a_row(valkey_url: str, key: str) -> None:
    result, targets = ask(valkey_url, key, leak_page(leak_row()))

    [row] = result.rows
    assert row.source == "BreachedWebsite.net"
    assert row.breach_date == PartialDate(2019, 7)
    assert (row.unverified, row.passwordless, row.compilation) == (False, False, True)
    assert row.fields == {"email", "username", "password", "first_name"}
    assert row.password_present
    assert (result.found, result.complete, result.quota) == (1, True, 400)
    assert targets == ["/query/ada1815?type=username&limit=1000&offset=0"]


def test_a_row_with_little_in_it(valkey_url: str, key: str) -> None:
    bare: dict[str, object] = {"source": None, "fields": None, "password": ""}
    nameless: dict[str, object] = {"source": {"name": ""}}
    result, _ = ask(valkey_url, key, leak_page(bare, nameless))

    for row in result.rows:
        assert row.source == "Unknown"
        assert row.breach_date is None
        assert not row.password_present
        assert row.fields == frozenset()


@pytest.mark.parametrize("result", ["[]", "null"])
def test_nothing_found(result: str, valkey_url: str, key: str) -> None:
    page = f'{{"success": true, "found": 0, "quota": null, "result": {result}}}'
    answer, _ = ask(valkey_url, key, page)

    assert answer == LeakCheckResult(found=0, rows=(), complete=True, quota=None)


def test_a_phone_goes_as_its_digits(valkey_url: str, key: str) -> None:
    _, [target] = ask(
        valkey_url, key, leak_page(), value="+1 (206) 342-8631", kind=LeakCheckKind.PHONE
    )

    assert target == "/query/12063428631?type=phone&limit=1000&offset=0"


def test_a_username_is_quoted_whole(valkey_url: str, key: str) -> None:
    _, [target] = ask(valkey_url, key, leak_page(), value="../ada?x=#é")

    assert target.startswith("/query/..%2Fada%3Fx%3D%23%C3%A9?type=username")


@pytest.mark.parametrize("total", [5, None], ids=["of the whole", "of the page"])
def test_pages_to_the_end_whatever_found_counts(
    total: int | None, valkey_url: str, key: str
) -> None:
    row = leak_row()
    pages = [leak_page(row, row, found=total)] * 2 + [leak_page(row, found=total)]
    result, targets = ask(valkey_url, key, *pages, page_size=2)

    assert len(result.rows) == result.found == 5
    assert result.complete
    assert [target.rpartition("=")[2] for target in targets] == ["0", "2", "4"]


def test_a_last_page_that_is_full(valkey_url: str, key: str) -> None:
    row = leak_row()
    pages = [leak_page(row, row), leak_page(row, row), leak_page()]
    result, targets = ask(valkey_url, key, *pages, page_size=2)

    assert (len(result.rows), result.complete, len(targets)) == (4, True, 3)


def test_rows_past_the_last_offset_are_owned_up_to(valkey_url: str, key: str) -> None:
    page = leak_page(*[leak_row()] * 1000, found=4000)
    result, targets = ask(valkey_url, key, page)

    assert not result.complete
    assert (len(result.rows), result.found) == (3000, 4000)
    assert [target.rpartition("=")[2] for target in targets] == ["0", "1000", "2000"]


def test_a_full_page_at_the_last_offset_may_not_be_all(valkey_url: str, key: str) -> None:
    result, _ = ask(valkey_url, key, leak_page(*[leak_row()] * 1000))

    assert not result.complete


def test_fewer_rows_than_found_are_owned_up_to(valkey_url: str, key: str) -> None:
    result, _ = ask(valkey_url, key, leak_page(leak_row(), found=9))

    assert (len(result.rows), result.found, result.complete) == (1, 9, False)


def test_a_quota_is_not_required(valkey_url: str, key: str) -> None:
    page = json.loads(leak_page(leak_row()))
    del page["quota"]

    assert ask(valkey_url, key, json.dumps(page))[0].quota is None


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("2019-07-15", "2019-07-15"),
        ("2019-07", "2019-07"),
        ("2019", "2019"),
        (" 2019-07 ", "2019-07"),
        ("2019-02-30", "2019-02"),
        ("2019-13", "2019"),
        ("2019-00-00", "2019"),
        ("", None),
        ("0000-00", None),
        ("July 2019", None),
    ],
)
def test_partial_dates(text: str, known: str | None) -> None:
    parsed = PartialDate.parse(text)

    assert (str(parsed) if parsed else None) == known
