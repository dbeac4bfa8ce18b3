"""The link in a report's e-mail opens that report, for as long as it was promised."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from kordant_pipelines.domain.channels import Channel
from kordant_pipelines_tests.reports.reading import Read
from kordant_pipelines_tests.services.notifications.desk import EMAIL, Desk


@pytest.fixture
def path(desk: Desk) -> str:
    """The path of the link in the e-mail that a report is told by, with the digest."""
    desk.services.reports.generate(desk.subscription, "run-r")
    desk.clock.advance(days=1)
    assert desk.due()
    desk.send()
    [mail] = desk.got(Channel.EMAIL)
    [link] = set(re.findall(r"https://kordant\.example/reports/[^\s\"<]+", mail.text))
    return urlsplit(link).path


def test_it_opens_as_a_pdf_that_nobody_keeps(site: httpx.Client, path: str) -> None:
    answer = site.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert re.fullmatch(
        r'inline; filename="kordant-weekly-\d{4}-W\d\d\.pdf"', answer.headers["content-disposition"]
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    text = Read(answer.content).text()
    assert "Ada L." in text
    assert EMAIL not in text


def test_it_does_not_when_its_time_is_over(desk: Desk, site: httpx.Client, path: str) -> None:
    desk.clock.advance(days=29)
    assert site.get(path).status_code == 200
    desk.clock.advance(days=1)
    assert site.get(path).status_code == 404


def test_another_links_token_opens_no_report(desk: Desk, site: httpx.Client, path: str) -> None:
    [mail] = desk.got(Channel.EMAIL)
    unsubscribe = urlsplit(mail.extra["List-Unsubscribe"].strip("<>")).path.rpartition("/")[2]
    for token in (unsubscribe, path.rpartition("/")[2][:-1], "e30.e30."):
        answer = site.get(f"/reports/{token}", headers={"accept-language": "de"})
        assert answer.status_code == 404
        assert "Kordant" in answer.text
    assert site.post(path).status_code == 405


def test_a_document_that_is_lost_is_said_to_be(desk: Desk, site: httpx.Client, path: str) -> None:
    [file] = [p for p in _store(desk).rglob("*") if p.is_file()]
    file.unlink()
    answer = site.get(path)
    assert (answer.status_code, answer.text) == (503, "Not to be had now. Try again later.")


def _store(desk: Desk) -> Path:
    return Path(desk.settings.report_store.removeprefix("file://"))
