"""`kordant removals` and `kordant brokers`, as a person uses them."""

import json
from pathlib import Path

from kordant_pipelines_tests.end_to_end.commands import environment, run


def test_requests_are_opened_and_shown(tmp_path: Path, database_url: str) -> None:
    env = environment(
        tmp_path / "home",
        KORDANT_DATABASE_URL=database_url,
        KORDANT_BROKER_URL="redis://127.0.0.1:1/0",
    )

    def said(*words: str) -> str:
        answer = run("kordant", *words, env=env, timeout=60)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    said("keys", "init")
    said(
        *("subscriptions", "add", "--ref", "sale-1", "--tier", "plus"),
        "--name",
        "Ada Lovelace",
        "--email",
        "ada@example.com",
    )
    [row] = [json.loads(line) for line in said("subscriptions", "list", "--json").splitlines()]
    home = ("--city", "Oakland", "--region", "ca", "--country", "us", "--authorised")
    opened = said("removals", "start", row["id"], *home)
    # All but those that hold people of Europe only.
    assert opened == f"44 requests opened for {row['id']}\n"
    listed = [
        json.loads(line) for line in said("removals", "list", row["id"], "--json").splitlines()
    ]
    assert len(listed) == 44
    assert {one["state"] for one in listed} == {"pending"}
    assert "truthfinder" in said("removals", "list", row["id"])
    assert said("removals", "tasks") == "Nothing is asked of anybody.\n"


def test_the_registry_is_listed_without_a_system() -> None:
    answer = run("kordant", "brokers", "list", env=environment(Path("/nowhere")), timeout=60)
    assert answer.returncode == 0, answer.stderr
    assert "beenverified" in answer.stdout
