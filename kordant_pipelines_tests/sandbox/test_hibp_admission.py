"""Who Have I Been Pwned answers."""

import httpx
import pytest

from kordant_pipelines.sandbox.serve import Sandbox
from kordant_pipelines.sandbox.world.breaches import SANDBOX_KEY, TEST_KEY
from kordant_pipelines_tests.sandbox.support import INTEGRATION, hibp_client

KEYED = [
    f"/breachedaccount/account-exists@{INTEGRATION}",
    f"/pasteaccount/account-exists@{INTEGRATION}",
    f"/stealerlogsbyemail/stealer-log@{INTEGRATION}",
    "/subscription/status",
]


def test_the_test_key_is_thirty_two_zeros() -> None:
    assert TEST_KEY == "00000000000000000000000000000000"


@pytest.mark.parametrize("path", KEYED)
@pytest.mark.parametrize(
    ("key", "why"),
    [(None, "missing"), ("abc", "improperly formed"), ("g" * 32, "improperly formed"),
     ("f" * 32, "invalid")],
)  # fmt: skip
def test_a_key_is_asked_for(shared_sandbox: Sandbox, path: str, key: str | None, why: str) -> None:
    with hibp_client(shared_sandbox, key=key) as hibp:
        response = hibp.get(path)
    assert response.status_code == 401
    assert response.json() == {
        "statusCode": 401,
        "message": f"Access denied due to {why} hibp-api-key.",
    }


@pytest.mark.parametrize("path", KEYED)
@pytest.mark.parametrize("key", [TEST_KEY, SANDBOX_KEY, SANDBOX_KEY.upper()])
def test_a_known_key_is_admitted(shared_sandbox: Sandbox, path: str, key: str) -> None:
    with hibp_client(shared_sandbox, key=key) as hibp:
        assert hibp.get(path).status_code == 200


@pytest.mark.parametrize("path", [*KEYED, "/breaches", "/latestbreach"])
@pytest.mark.parametrize("agent", ["", None])
def test_a_user_agent_is_asked_for(shared_sandbox: Sandbox, path: str, agent: str | None) -> None:
    with httpx.Client(base_url=shared_sandbox.hibp_url) as client:
        del client.headers["user-agent"]
        headers = {"hibp-api-key": TEST_KEY} | ({} if agent is None else {"user-agent": agent})
        response = client.get(path, headers=headers)
    assert response.status_code == 403
    assert response.json()["statusCode"] == 403
