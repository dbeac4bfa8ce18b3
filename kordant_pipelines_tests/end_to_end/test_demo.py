"""`kordant demo`, twice, and what it leaves behind; then the stock dagster commands beside it."""

import json
import re
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from kordant_pipelines.runtime.layout import Layout
from kordant_pipelines.runtime.postgres import EmbeddedPostgres
from kordant_pipelines.runtime.postgres_data import PROGRAMS
from kordant_pipelines.sandbox.client import SandboxControls
from kordant_pipelines.sandbox.world.seed import load_seed
from kordant_pipelines_tests.end_to_end.commands import environment, exported, run, started
from kordant_pipelines_tests.end_to_end.record import ended_runs

CUSTOMERS = load_seed().customers


@pytest.fixture(scope="module")
def first(home: Path) -> dict[str, object]:
    return _demo(home)


def _demo(home: Path) -> dict[str, object]:
    answer = run("kordant", "demo", "--once", "--json", env=environment(home))
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_every_subscription_is_scanned_and_all_runs_succeed(first: dict[str, object]) -> None:
    assert first["runs"] == {
        "darkwatch_scan": {"SUCCESS": len(CUSTOMERS)},
        "hometitle_scan": {"SUCCESS": len(CUSTOMERS)},
        "breach_catalogue_refresh": {"SUCCESS": 1},
    }
    assert first["exposures"] == 80
    assert first["alerts"] == 19
    assert first["homes"] == {"watched": 6, "checked": 5}  # ATTOM knows nothing of one in Honolulu
    assert first["recordings"] == {"match": 2, "replay": 1, "no_match": 1, "not_evaluable": 1}
    assert first["unknown"] == 0


def test_a_second_time_adds_no_exposure_no_alert_and_no_notification(
    home: Path, first: dict[str, object]
) -> None:
    second = _demo(home)
    findings = ("runs", "exposures", "alerts", "notifications")
    assert {name: second[name] for name in findings} == {name: first[name] for name in findings}


def test_no_identifier_is_readable_in_a_dump_of_either_database(
    home: Path, first: dict[str, object]
) -> None:
    assert first
    identifiers = {
        spelling.lower()
        for customer in CUSTOMERS
        for value in (
            customer.name,
            customer.email,
            customer.phone,
            *customer.watch.emails,
            *customer.watch.phones,
            *customer.watch.usernames,
            *(home.parcel for home in customer.homes),
        )
        for spelling in (value, value.removeprefix("+"), value.replace("@", "%40"))
    }
    with EmbeddedPostgres(Layout(home)).running() as postgres:
        for database, certainly in (("kordant", "demo-0001"), ("dagster", "darkwatch_scan")):
            dump = subprocess.run(
                [
                    PROGRAMS / "pg_dump",
                    *("--host", postgres.layout.postgres_sockets, "--username", "postgres"),
                    database,
                ],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.lower()
            assert certainly in dump
            words = set(re.findall(r"[^\s\"',;(){}\[\]]+", dump))
            found = {i for i in identifiers if (i in words if len(i) < 8 else i in dump)}
            assert found == set()


def test_a_forged_deed_a_refinance_and_a_lien_are_told_at_the_next_scan_and_once(
    home: Path, first: dict[str, object], tmp_path: Path
) -> None:
    assert first
    with started("kordant", "demo", env=environment(home), output=tmp_path / "out") as demo:
        demo.wait_for("Ctrl-C stops everything")
        [sandbox] = re.findall(r"Sandbox +(http://127\.0\.0\.1:\d+)", demo.output)
        env = exported(home)
        listed = run("kordant", "subscriptions", "list", "--json", env=env).stdout.splitlines()
        refs = {row["ref"]: row["id"] for row in map(json.loads, listed)}
        samuel = refs["demo-0019"]

        def told() -> str:
            return " ".join(run("kordant", "alerts", samuel, env=env).stdout.split())

        def scan_and_count_alerts() -> int:
            scanned = run("kordant", "jobs", "run", "hometitle_scan", samuel, "--wait", env=env)
            assert scanned.returncode == 0, scanned.stdout + scanned.stderr
            return told().count("(your home ")

        # The baseline was scanned by the demo itself, once when it was new and once when it began.
        assert told().count("(your home ") == 0
        lot, owner = "1999010012", "OKAFOR, SAMUEL"
        with SandboxControls(sandbox) as county:
            county.record("acris", lot, "quitclaim", amount=0, grantees=["QUICK HOMES LLC"])
            county.record("acris", lot, "satisfaction", grantors=["HARBOR SAVINGS BANK, N.A."])
            county.record(
                "acris", lot, "mortgage", amount=500_000, grantors=[owner], grantees=["LAKE CU"]
            )
            county.record("acris", lot, "lien", amount=18_000, grantors=[owner])
        assert scan_and_count_alerts() == 3
        assert scan_and_count_alerts() == 3

        assert "critical A deed to someone we do not know" in told()
        assert "medium Did you refinance?" in told()
        assert "high A federal lien was recorded" in told()
        homes = run("kordant", "properties", "list", "--json", env=env).stdout.splitlines()
        assert sum(json.loads(row)["subscription"] == samuel for row in homes) == 2
        assert demo.stop(signal.SIGTERM) == 0


def test_stock_dagster_commands_work_beside_it_and_it_stops_on_sigterm(
    home: Path, first: dict[str, object], tmp_path: Path
) -> None:
    assert first
    with started("kordant", "demo", env=environment(home), output=tmp_path / "out") as demo:
        demo.wait_for("Ctrl-C stops everything")
        env = exported(home)
        listed = run("dagster", "job", "list", "-w", "workspace.yaml", env=env)
        assert "Job: darkwatch_scan" in listed.stdout, listed.stderr

        launched = run(
            *("dagster", "job", "backfill", "-w", "workspace.yaml"),
            *("-j", "darkwatch_scan", "--all", "--noprompt"),
            env=env,
        )
        assert launched.returncode == 0, launched.stderr
        assert ended_runs(home, len(CUSTOMERS)) == {"SUCCESS": len(CUSTOMERS)}

        again = run("kordant", "demo", "--once", env=environment(home))
        assert again.returncode == 2
        assert "already runs" in again.stderr

        family = demo.family()
        assert demo.stop(signal.SIGTERM) == 0
        _, alive = psutil.wait_procs(family, timeout=10)
        assert alive == []
