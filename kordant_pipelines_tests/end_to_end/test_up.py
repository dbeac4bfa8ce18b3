"""`kordant up` and the commands beside it."""

import json
import signal
from pathlib import Path

import psutil

from kordant_pipelines.sandbox.serve import Sandbox, serving
from kordant_pipelines_tests.end_to_end.commands import environment, run, started


def _on(sandbox: Sandbox, home: Path) -> dict[str, str]:
    return environment(
        home,
        KORDANT_HIBP_URL=sandbox.hibp_url,
        KORDANT_HIBP_API_KEY=sandbox.hibp_key,
        KORDANT_LEAKCHECK_URL=sandbox.leakcheck_url,
        KORDANT_LEAKCHECK_API_KEY=sandbox.leakcheck_key,
    )


def test_a_system_is_brought_up_used_and_stopped_with_ctrl_c(home: Path, tmp_path: Path) -> None:
    with (
        serving() as sandbox,
        started("kordant", "up", env=_on(sandbox, home), output=tmp_path / "out") as up,
    ):
        env = environment(home)
        sandbox.publish_breach({"Name": "Known", "DataClasses": ["Passwords"]}, ["ada@example.com"])
        up.wait_for("ready: http://127.0.0.1:")
        add = (
            *("kordant", "subscriptions", "add", "--ref", "sale-1", "--tier", "plus"),
            *("--name", "Ada Lovelace", "--email", "Ada@Example.com", "--phone", "+12025550101"),
        )
        for said in ("added", "was there already"):
            added = run(*add, env=env)
            assert added.returncode == 0, added.stderr
            assert said in added.stdout
        [row] = [
            json.loads(line)
            for line in run("kordant", "subscriptions", "list", "--json", env=env).stdout.split(
                "\n"
            )
            if line
        ]
        assert (row["ref"], row["tier"], row["status"], row["items"]) == (
            "sale-1",
            "plus",
            "active",
            2,
        )
        refused = run(*add[:4], "sale-2", *add[5:], "--username", "two words", env=env)
        assert refused.returncode == 2
        assert "'two words' is not a username" in refused.stderr
        launch = ("kordant", "jobs", "run", "darkwatch_scan")
        launched = run(*launch, row["id"], "--wait", env=env)
        assert launched.returncode == 0, launched.stderr
        told = run("kordant", "alerts", row["id"], env=env)
        assert told.returncode == 0, told.stderr
        assert "a•••@e•••.com" in told.stdout
        assert "ada@" not in told.stdout.lower()
        rotated = run("kordant", "keys", "rotate", env=env)
        assert "k2 is the active key now; 1 users' keys were rewrapped" in rotated.stdout
        again = run(*launch, row["id"], "--wait", env=env)  # by workers that know k1 only
        assert again.returncode == 0, again.stdout
        wrong = run("kordant", "jobs", "run", "no_such_job", row["id"], env=env)
        assert wrong.returncode == 2
        assert "no_such_job" in wrong.stderr

        assert run("kordant", "subscriptions", "cancel", row["id"], env=env).returncode == 0
        for subscription, why in ((row["id"], "is cancelled"), ("sub_nope", "no subscription")):
            refused = run(*launch, subscription, env=env)
            assert refused.returncode == 2
            assert why in refused.stderr
        unknown = run("kordant", "subscriptions", "cancel", "sub_nope", env=env)
        assert unknown.returncode == 2
        assert "There is no subscription 'sub_nope'" in unknown.stderr

        lines = up.output.splitlines()
        assert all(" | " in line for line in lines), lines
        family = up.family()
        assert up.stop(signal.SIGINT) == 0
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []

    # The demo's workers would call these customers clean, for the sandbox does not know them.
    demo = run("kordant", "demo", "--once", env=env)
    assert demo.returncode == 2
    assert "not the demo's" in demo.stderr
    assert "web" not in {path.stem for path in (home / "logs").iterdir()}
