"""Pwned Passwords ranges."""

import hashlib

import httpx
import pytest

from kordant_pipelines.sandbox.serve import Sandbox


def _range(sandbox: Sandbox, prefix: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{sandbox.pwnedpasswords_url}/range/{prefix}", headers=headers)


def _rows(response: httpx.Response) -> dict[str, int]:
    lines = [line.split(":") for line in response.text.split("\r\n")]
    return {suffix: int(count) for suffix, count in lines}


def test_a_range_is_suffixes_and_counts_on_crlf_lines(shared_sandbox: Sandbox) -> None:
    response = _range(shared_sandbox, "5baa6")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    assert response.text.count("\n") == response.text.count("\r\n") > 0
    rows = _rows(response)
    assert rows["1E4C9B93F3F0682250B6CF8331B7EE68FD8"] == 9659365
    assert {len(suffix) for suffix in rows} == {35}
    assert min(rows.values()) > 0
    assert list(rows) == sorted(rows)


def test_a_leaked_password_is_known(shared_sandbox: Sandbox) -> None:
    digest = hashlib.sha1(b"tournesol84", usedforsecurity=False).hexdigest().upper()
    assert _rows(_range(shared_sandbox, digest[:5]))[digest[5:]] > 0


def test_no_range_is_empty_and_each_is_stable(shared_sandbox: Sandbox) -> None:
    first = _range(shared_sandbox, "00000")
    assert first.status_code == 200
    assert first.text == _range(shared_sandbox, "00000").text
    assert first.text != _range(shared_sandbox, "00001").text


def test_padding_adds_rows_that_count_nothing(shared_sandbox: Sandbox) -> None:
    bare = _rows(_range(shared_sandbox, "5BAA6"))
    padded = _rows(_range(shared_sandbox, "5BAA6", **{"Add-Padding": "true"}))
    assert 800 <= len(padded) <= 1000
    assert {suffix: count for suffix, count in padded.items() if count} == bare
    assert {len(suffix) for suffix in padded} == {35}


@pytest.mark.parametrize("prefix", ["5BAA", "5BAA61", "5BAAG"])
def test_a_prefix_is_five_hex_digits(shared_sandbox: Sandbox, prefix: str) -> None:
    assert _range(shared_sandbox, prefix).status_code == 400
