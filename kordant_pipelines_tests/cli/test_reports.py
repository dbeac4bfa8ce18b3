"""`kordant reports`: listing and saving, with nothing written where it should not be."""

import stat
from pathlib import Path

import pytest

from kordant_pipelines.security.keyring import Keyring, write_keyring
from kordant_pipelines.services.container import Services
from kordant_pipelines.services.keyring_check import require_keyring
from kordant_pipelines.settings import Settings
from kordant_pipelines_tests.end_to_end.commands import environment, run
from kordant_pipelines_tests.services.looking import subscribe


@pytest.fixture
def variables(
    settings: Settings, services: Services, keyring: Keyring, tmp_path: Path
) -> dict[str, str]:
    """The environment of a command beside these services."""
    write_keyring(tmp_path / "keys" / "keyring.json", keyring)
    require_keyring(services.database, keyring)
    return environment(
        tmp_path,
        KORDANT_DATABASE_URL=str(settings.database_url),
        KORDANT_BROKER_URL=str(settings.broker_url),
    )


def test_a_report_is_listed_and_saved_for_its_reader_only(
    variables: dict[str, str], services: Services, tmp_path: Path
) -> None:
    subscription = subscribe(services.subscriptions, "watched@example.com")
    record = services.reports.generate(subscription, "run-r").record
    listed = run("kordant", "reports", "list", subscription, env=variables)
    assert listed.returncode == 0, listed.stderr
    assert record.id in listed.stdout
    assert "2026-W48" in listed.stdout
    file = tmp_path / "report.pdf"
    saved = run("kordant", "reports", "save", record.id, str(file), env=variables)
    assert saved.returncode == 0, saved.stderr
    assert file.read_bytes() == services.reports.document(record.id)[1]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_not_overwritten(
    variables: dict[str, str], services: Services, tmp_path: Path
) -> None:
    subscription = subscribe(services.subscriptions, "watched@example.com")
    record = services.reports.generate(subscription, "run-r").record
    file = tmp_path / "there.pdf"
    file.write_text("mine")
    refused = run("kordant", "reports", "save", record.id, str(file), env=variables)
    assert refused.returncode == 2
    assert "exists" in refused.stderr
    assert file.read_text() == "mine"


def test_what_is_not_there_is_said(
    variables: dict[str, str], services: Services, tmp_path: Path
) -> None:
    subscription = subscribe(services.subscriptions, "watched@example.com")
    empty = run("kordant", "reports", "list", subscription, env=variables)
    assert "No report was made yet" in empty.stdout
    for words in (("list", "sub_none"), ("save", "rpt_none", str(tmp_path / "x.pdf"))):
        refused = run("kordant", "reports", *words, env=variables)
        assert refused.returncode == 2
        assert words[1] in refused.stderr
        assert "Traceback" not in refused.stderr
    assert not (tmp_path / "x.pdf").exists()
