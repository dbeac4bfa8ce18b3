"""The land registers as their callers see them."""

from typing import Any

import httpx
import pytest

from kordant_pipelines.sandbox.client import SandboxRefusedError
from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.sandbox.world.records import RegisterName

LOT = "1999050001"


def _get(url: str, **params: str) -> Any:
    answer = httpx.get(url, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_acris_spreads_a_document_over_three_data_sets_all_in_strings(sandbox: Sandbox) -> None:
    number = sandbox.record(
        "acris", LOT, "mortgage", amount=5, grantors=["DOE, JO"], grantees=["A BANK"]
    )
    [legal] = _get(f"{sandbox.acris_url}/8h5j-fqxa.json", borough="1", block="99905", lot="1")
    assert legal["document_id"] == number
    where = f"document_id in('{number}')"
    [master] = _get(f"{sandbox.acris_url}/bnx9-e6tj.json", **{"$where": where})
    assert (master["doc_type"], master["document_amt"]) == ("MTGE", "5")
    assert master["good_through_date"] == "2026-11-03T00:00:00.000"
    parties = _get(f"{sandbox.acris_url}/636b-3b5g.json", **{"$where": where})
    assert {(p["party_type"], p["name"]) for p in parties} == {("1", "DOE, JO"), ("2", "A BANK")}


def test_rows_have_no_order_but_an_asked_one_and_a_default_limit(sandbox: Sandbox) -> None:
    for n in range(1200):
        sandbox.world.records.record(
            RegisterName.COOK, "99099990051001", "deed", number=f"{5000 + n}"
        )
    url = f"{sandbox.cook_url}/wvhk-k5uv.json"
    loose = [row["doc_no"] for row in _get(url, pin="99099990051001")]
    assert len(loose) == 1000
    assert loose != sorted(loose)
    asked = {"$order": "doc_no,:id", "$limit": "3", "$offset": "1198", "$select": ":id,doc_no"}
    rows = _get(url, pin="99099990051001", **asked)
    assert [row["doc_no"] for row in rows] == ["6198", "6199"]
    assert all(row[":id"] for row in rows)


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("nope-nope.json", {}, 404, ("code", "dataset.missing")),
        ("bnx9-e6tj.json", {"$select": "nope"}, 400, ("errorCode", "query.soql.no-such-column")),
        ("bnx9-e6tj.json", {"nope": "1"}, 400, ("errorCode", "query.soql.no-such-column")),
        ("bnx9-e6tj.json", {"$where": "??"}, 400, ("errorCode", "query.compiler.malformed")),
    ],
)
def test_soda_refuses_in_its_two_envelopes(
    sandbox: Sandbox, path: str, params: dict[str, str], status: int, code: tuple[str, str]
) -> None:
    answer = httpx.get(f"{sandbox.acris_url}/{path}", params=params)
    assert answer.status_code == status
    assert answer.json()[code[0]] == code[1]


def test_a_token_is_asked_of_nobody_but_must_be_right(sandbox: Sandbox) -> None:
    url = f"{sandbox.cook_url}/wvhk-k5uv.json"
    assert httpx.get(url).status_code == 200
    assert httpx.get(url, headers={"X-App-Token": sandbox.app_token}).status_code == 200
    refused = httpx.get(url, headers={"X-App-Token": "wrong"})
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_denied")


def test_attom_says_400_of_an_address_it_does_not_know_and_401_of_a_key(sandbox: Sandbox) -> None:
    url = f"{sandbox.attom_url}/property/detailmortgageowner"
    params = {"address1": "1 NOWHERE", "address2": "AUSTIN, TX"}
    unknown = httpx.get(url, params=params, headers={"apikey": sandbox.attom_key})
    assert (unknown.status_code, unknown.json()["status"]["msg"]) == (400, "SuccessWithoutResult")
    assert httpx.get(url, params=params).status_code == 401


def test_a_register_holds_only_its_kinds(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxRefusedError, match="cook holds no lien; it holds deed, quitclaim"):
        sandbox.record("cook", "99099990051001", "lien")


def test_a_column_that_is_gone_and_an_answer_not_ready(sandbox: Sandbox) -> None:
    url = f"{sandbox.acris_url}/8h5j-fqxa.json"
    sandbox.fault("acris", "schema_drift", times=1)
    assert httpx.get(url).json()["errorCode"] == "query.soql.no-such-column"
    sandbox.fault("acris", "not_ready", times=1)
    assert httpx.get(url).status_code == 202
    sandbox.fault("acris", "wrong_json", times=1)
    assert httpx.get(url).json()["message"] == "Welcome"
    assert httpx.get(url).status_code == 200
