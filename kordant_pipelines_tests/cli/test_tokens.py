"""`kordant tokens`: made once, listed without what opens them, revoked by name."""

import re

import pytest
from typer.testing import CliRunner

from kordant_pipelines.cli.access import is_loopback
from kordant_pipelines.cli.main import commands
from kordant_pipelines.domain.access import Token
from kordant_pipelines_tests.cli.shell import Shell, line_of


def test_a_token_is_shown_once_listed_and_revoked(shell: Shell) -> None:
    made = shell.says("tokens", "create", "ada", "--role", "operator", "--days", "90").strip()
    token = Token.parse(made)
    assert token is not None
    listed = shell.says("tokens", "list")
    assert token.secret not in listed
    assert line_of(listed, "ada").startswith("ada operator ")
    assert line_of(listed, "ada").endswith(" never")
    [record] = shell.records("tokens", "list")
    assert (record["id"], record["role"], record["revoked_at"]) == (token.id, "operator", None)
    assert shell.says("tokens", "revoke", "ada") == "revoked\n"
    assert shell.records("tokens", "list") == []
    [record] = shell.records("tokens", "list", "--all")
    assert record["revoked_at"] is not None
    assert "revoked " in line_of(shell.says("tokens", "list", "--all"), "ada")


def test_a_name_is_taken_until_it_is_revoked(shell: Shell) -> None:
    shell.says("tokens", "create", "panel")
    assert "There is a token named 'panel'" in shell.refuses("tokens", "create", "panel")
    assert "it is revoked" in line_of(shell.says("tokens", "list"), "panel", "viewer")
    shell.says("tokens", "revoke", "panel")
    shell.says("tokens", "create", "panel")


def test_a_link_holds_a_token_behind_its_hash(shell: Shell) -> None:
    words = ("tokens", "link", "--url", "https://pipelines.example.com/")
    link = CliRunner().invoke(commands, words, env=shell.env).stdout.strip()  # in one long line
    match = re.fullmatch(r"https://pipelines\.example\.com/sign-in#(kdt_\S+)", link)
    assert match
    assert Token.parse(match[1]) is not None


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 65, "<b>"])
def test_a_name_that_is_none_is_refused(shell: Shell, name: str) -> None:
    assert "is not a name for a token" in shell.refuses("tokens", "create", name)


def test_an_unknown_token_is_not_revoked(shell: Shell) -> None:
    assert "No token 'nobody' is in use" in shell.refuses("tokens", "revoke", "nobody")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - it is what must be told apart
        ("::", False),
        ("10.0.0.7", False),
        ("localhost.example.com", False),
        ("", False),
    ],
)
def test_which_hosts_only_this_machine_reaches(host: str, *, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_token_says_nothing_of_its_secret_by_accident() -> None:
    token = Token.new()
    assert token.secret not in repr(token)
    assert Token.parse(str(token)) == token
    assert Token.parse(f" {token}\n") == token
