"""Who gets in, and who may change what."""

from datetime import timedelta

import httpx
import pytest

from kordant_pipelines.domain.access import Role
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.webserver.serving import PROXY, Web

RUN = 'mutation { runJobNow(job: darkwatch_scan, subscriptionId: "sub_1") { __typename } }'
READ = "{ queueHealth { waiting } }"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "path", ["/", "/runs", "/graphql?query={version}", "/server_info", "/logs/x", "/nowhere"]
)
def test_nothing_is_answered_without_a_token(web: Web, path: str) -> None:
    with web.client() as client:
        answer = client.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "Authorization: Bearer" in answer.json()["errors"][0]["message"]


def test_a_browser_is_sent_to_the_sign_in_page_and_back(web: Web) -> None:
    with web.client(Accept="text/html") as client:
        answer = client.get("/runs?q=a&b=c")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=%2Fruns%3Fq%3Da%26b%3Dc"
        page = client.get(answer.headers["location"])
    assert page.status_code == 200
    assert 'type="password"' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "shown",
    [
        "Bearer kdt_00000000000000000000_" + "a" * 43,
        "Bearer nonsense",
        "Bearer",
        "Basic YTpi",
    ],
)
def test_a_token_that_is_none_opens_nothing(web: Web, shown: str) -> None:
    with web.client(Authorization=shown) as client:
        assert client.post("/graphql", json={"query": READ}).status_code == 401


def test_the_right_id_with_another_secret_opens_nothing(web: Web) -> None:
    other = web.operator[:-1] + ("A" if web.operator[-1] != "A" else "B")
    with web.client(other) as client:
        assert client.post("/graphql", json={"query": READ}).status_code == 401


def test_an_expired_and_a_revoked_token_open_nothing(web: Web, clock: HandClock) -> None:
    tokens = web.services.access.tokens
    short = str(tokens.create("short", Role.VIEWER, lasts=timedelta(hours=1)))
    with web.client(short) as client:
        assert client.post("/graphql", json={"query": READ}).status_code == 200
        clock.advance(hours=1)
        assert client.post("/graphql", json={"query": READ}).status_code == 401
    gone = str(tokens.create("gone", Role.VIEWER))
    tokens.revoke("gone")
    with web.client(gone) as client:
        assert client.post("/graphql", json={"query": READ}).status_code == 401


def test_a_viewer_reads_and_changes_nothing(web: Web) -> None:
    with web.client(web.viewer) as client:
        assert (
            "waiting" in client.post("/graphql", json={"query": READ}).json()["data"]["queueHealth"]
        )
        assert client.get("/graphql", params={"query": READ}).status_code == 200
        assert client.post("/graphql", json={"query": RUN}).status_code == 403
        reported = client.post("/report_asset_materialization/x", json={"asset_key": "x"})
        assert reported.status_code == 403
        seen = client.post(
            "/graphql",
            json={"query": "{ permissions { permission value } }"},
        ).json()["data"]["permissions"]
    allowed = {entry["permission"] for entry in seen if entry["value"]}
    assert "launch_pipeline_execution" not in allowed


def test_an_operator_may_launch_in_the_ui(web: Web) -> None:
    seen = web.ask("{ permissions { permission value } }")["permissions"]
    assert "launch_pipeline_execution" in {e["permission"] for e in seen if e["value"]}


HIDDEN = (
    "query Q { queueHealth { waiting } } mutation M { runJobNow(job: darkwatch_scan, "
    'subscriptionId: "sub_1") { __typename } }'
)


@pytest.mark.parametrize(
    ("method", "sent", "status"),
    [
        ("GET", {"params": {"query": RUN}}, 405),
        ("GET", {"params": {"query": HIDDEN, "operationName": "M"}}, 405),
        ("HEAD", {"params": {"query": RUN}}, 405),
        ("POST", {"content": RUN, "headers": {"Content-Type": "text/plain"}}, 415),
        ("POST", {"params": {"query": RUN}, "headers": {"Content-Type": "text/plain"}}, 415),
        ("POST", {"params": {"query": RUN}}, 415),
        ("POST", {"content": RUN, "headers": {"Content-Type": "application/graphql"}}, 415),
        ("POST", {"data": {"query": RUN}}, 415),
        ("POST", {"files": {"query": ("q", RUN)}}, 415),
        (
            "POST",
            {
                "content": '{"query": "{version}"}',
                "headers": {"Content-Type": "text/plain; a=application/json"},
            },
            415,
        ),
        ("POST", {"content": "[]", "headers": JSON}, 400),
        ("POST", {"content": "{", "headers": JSON}, 400),
        ("POST", {"json": {"query": HIDDEN}}, 400),
        ("PUT", {"json": {"query": RUN}}, 405),
    ],
)
def test_even_an_operator_changes_things_by_json_post_alone(
    web: Web, method: str, sent: dict[str, object], status: int
) -> None:
    before = web.services.access.audit.latest()
    with web.client(web.operator) as client:
        answer = client.request(method, "/graphql", **sent)  # pyright: ignore[reportArgumentType]
    assert answer.status_code == status
    assert web.services.access.audit.latest() == before  # nothing was even begun


def test_another_sites_page_changes_nothing_with_a_signed_in_browser(web: Web) -> None:
    with web.client() as client:
        client.post("/sign-in", json={"token": web.operator})
        for origin, status in (("https://evil.example", 403), (web.url, 200)):
            answer = client.post("/graphql", json={"query": RUN}, headers={"Origin": origin})
            assert answer.status_code == status


def test_a_forged_proxy_header_means_nothing(web: Web) -> None:
    forged = {"X-Forwarded-User": "root", "X-Kordant-Role": "operator"}
    for secret in ({}, {"X-Kordant-Proxy-Secret": "t" * 40}, {"X-Kordant-Proxy-Secret": ""}):
        with web.client(**forged, **secret) as client:
            assert client.post("/graphql", json={"query": READ}).status_code == 401


def test_the_proxy_with_the_secret_vouches_for_people(web: Web) -> None:
    known = {"X-Kordant-Proxy-Secret": PROXY.secret, "X-Forwarded-User": "ada"}
    with web.client(**known) as client:
        assert client.post("/graphql", json={"query": READ}).status_code == 200
        assert client.post("/graphql", json={"query": RUN}).status_code == 403
    with web.client(**known, **{"X-Kordant-Role": "operator"}) as client:
        assert client.post("/graphql", json={"query": RUN}).status_code == 200
    newest = web.services.access.audit.latest()[0]
    assert (newest.actor, newest.action, newest.outcome) == ("ada (proxy)", "mutation", "done")
    with web.client(**{"X-Kordant-Proxy-Secret": PROXY.secret}) as client:
        assert client.post("/graphql", json={"query": READ}).status_code == 401


def _nested(depth: int) -> str:
    return "{ __schema { types " + "{ ofType " * depth + "{ name }" + " }" * depth + " } }"


DOUBLED = (
    "query { ...f0 } "
    + " ".join(
        f"fragment f{n} on Query {{ a: __typename ...f{n + 1} ...f{n + 1} }}" for n in range(20)
    )
    + " fragment f20 on Query { __typename }"
)


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        (_nested(40), 400, "levels deep"),
        (_nested(3000), 400, ""),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(11_000)) + " }", 400, ""),
        (DOUBLED, 400, "over 10000 fields"),
        ("{ __typename #" + "x" * 200_000 + "\n}", 413, "bytes"),
        ("{ __typename } # " + "x" * 1_000_000, 413, "bytes"),
        ("fragment a on Query { ...a } { ...a }", 400, ""),
        ("{ nonsense", 400, "cannot be read"),
        (7, 400, "must be a string"),
    ],
)
def test_what_asks_for_too_much_is_refused(web: Web, query: object, status: int, told: str) -> None:
    with web.client(web.viewer) as client:
        answer = client.post("/graphql", json={"query": query})
    assert answer.status_code == status
    assert told in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("path", ["/sign-in", "/graphql", "/", "/server_info"])
def test_every_answer_tells_browsers_what_to_leave(web: Web, path: str) -> None:
    with web.client(web.viewer) as client:
        headers: httpx.Headers = client.get(path).headers
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers or "uvicorn" in headers["server"]
