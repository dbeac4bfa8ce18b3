"""Signing in: a session for the browser, few tries, and an end with its token."""

from datetime import timedelta

import pytest

from kordant_pipelines.domain.access import Role
from kordant_pipelines.services.access.sessions import LASTS, TRIES, WITHIN, TooManyTries
from kordant_pipelines_tests.at_once import at_once
from kordant_pipelines_tests.clock import HandClock
from kordant_pipelines_tests.webserver.serving import Web

READ = {"query": "{ queueHealth { waiting } }"}
WRONG = "kdt_00000000000000000000_" + "a" * 43


def test_a_browser_signs_in_uses_the_ui_and_signs_out(web: Web, clock: HandClock) -> None:
    clock.advance(hours=1)
    with web.client() as client:
        answer = client.post("/sign-in", json={"token": web.operator})
        assert answer.json() == {"name": "doer", "role": "operator"}
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert client.post("/graphql", json=READ).status_code == 200
        page = client.get("/", headers={"Accept": "text/html"})
        assert page.status_code == 200
        assert "__NEXT_DATA__" in page.text
        held = dict(client.cookies)
        client.post("/sign-out", json={})
        assert client.post("/graphql", json=READ).status_code == 401
    with web.client() as other:  # the cookie was ended, not just forgotten
        other.cookies.update(held)
        assert other.post("/graphql", json=READ).status_code == 401


def test_revoking_the_token_ends_the_sessions_opened_with_it(web: Web, clock: HandClock) -> None:
    clock.advance(hours=1)
    token = str(web.services.access.tokens.create("visitor", Role.VIEWER))
    with web.client() as client:
        assert client.post("/sign-in", json={"token": token}).status_code == 200
        assert client.post("/graphql", json=READ).status_code == 200
        web.services.access.tokens.revoke("visitor")
        assert client.post("/graphql", json=READ).status_code == 401


def test_a_session_ends_by_itself_and_no_later_than_its_token(web: Web, clock: HandClock) -> None:
    clock.advance(hours=1)
    tokens = web.services.access.tokens
    token = str(tokens.create("for an hour", Role.VIEWER, lasts=timedelta(hours=1)))
    with web.client() as client, web.client() as short:
        client.post("/sign-in", json={"token": web.viewer})
        short.post("/sign-in", json={"token": token})
        clock.advance(minutes=59)
        assert short.post("/graphql", json=READ).status_code == 200
        clock.advance(minutes=2)
        assert short.post("/graphql", json=READ).status_code == 401
        assert client.post("/graphql", json=READ).status_code == 200
        clock.advance(seconds=LASTS.total_seconds())
        assert client.post("/graphql", json=READ).status_code == 401


def test_wrong_tokens_are_few_and_then_the_right_one_waits_too(web: Web, clock: HandClock) -> None:
    clock.advance(hours=1)
    with web.client() as client:
        for _ in range(TRIES):
            assert client.post("/sign-in", json={"token": WRONG}).status_code == 401
        clock.advance(minutes=1)
        answer = client.post("/sign-in", json={"token": web.operator})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= 240
        clock.advance(seconds=WITHIN.total_seconds())
        assert client.post("/sign-in", json={"token": web.operator}).status_code == 200
    lines = [e for e in web.services.access.audit.latest() if e.action == "sign_in"]
    assert [(line.actor, line.outcome) for line in lines[:2]] == [("doer", "done"), ("", "refused")]
    assert all(WRONG not in line.detail for line in lines)


def test_many_tries_at_once_are_no_more_than_one_after_another(web: Web, clock: HandClock) -> None:
    clock.advance(hours=1)

    def attempt(_number: int) -> str:
        try:
            web.services.access.sessions.sign_in(WRONG, "192.0.2.1")
        except TooManyTries:
            return "not looked at"
        return "looked at"

    assert at_once(attempt, 12).count("looked at") == TRIES


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"token": "x"}},
        {"json": {"token": 7}},
        {"json": ["x"]},
        {"json": {}},
        {"content": "{", "headers": {"Content-Type": "application/json"}},
        {"content": '{"token": "x"}', "headers": {"Content-Type": "text/plain"}},
        {"json": {"token": "x" * 3000}},
    ],
)
def test_what_is_no_token_in_json_is_refused(web: Web, sent: dict[str, object]) -> None:
    with web.client() as client:
        answer = client.post("/sign-in", **sent)  # pyright: ignore[reportArgumentType]
    assert answer.status_code == 400
