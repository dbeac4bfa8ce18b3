"""Which alerts documents owe, and their words."""

from datetime import date, timedelta

import pytest

from kordant_pipelines.domain.alerts import TITLE_KINDS, AlertKind
from kordant_pipelines.domain.title_alerts import (
    BASELINE_REACH,
    TitleDraft,
    owed_title_alerts,
)
from kordant_pipelines.domain.title_documents import Document, DocumentKind
from kordant_pipelines.domain.title_judgement import Reason, judge
from kordant_pipelines.domain.title_words import compose_title

from .titles import DAY, OWNED, document

TODAY = date(2026, 11, 24)
HOUSE = "•••0012, New York City"
FORGED = document(DocumentKind.DEED, "20261102007", grantees=("QUICK HOMES LLC",), amount=10)


def _drafts(*fresh: Document, since: date | None = None) -> list[TitleDraft]:
    return owed_title_alerts(
        "prp_1", HOUSE, judge(fresh, [], OWNED), watched_since=since, today=TODAY
    )


def test_an_alert_says_what_when_and_what_to_do() -> None:
    [draft] = _drafts(FORGED)
    text = compose_title(draft.kind, draft.facts)
    assert text.title == f"A deed to someone we do not know was recorded (your home {HOUSE})"
    assert "20261102007" in text.what
    assert "QUICK HOMES LLC" in text.what
    assert "Sum: 10 US dollars." in text.what
    assert "2026-11-02" in text.when
    assert "police" in text.action


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(reason: Reason) -> None:
    [draft] = _drafts(FORGED)
    facts = [draft.facts[0].model_copy(update={"reason": reason, "recorded_on": None})]
    for kind in (AlertKind.TITLE_CHANGE, AlertKind.TITLE_BASELINE):
        text = compose_title(kind, facts)
        assert all((text.title, text.what, text.when, text.action))


def test_what_is_less_urgent_alerts_nobody() -> None:
    assert _drafts(document(DocumentKind.SATISFACTION), document(DocumentKind.OTHER, "2")) == []


def test_the_first_look_gives_one_digest_of_what_is_recent() -> None:
    old = FORGED.model_copy(
        update={"number": "2", "recorded_on": TODAY - BASELINE_REACH - timedelta(days=1)}
    )
    lien = document(DocumentKind.FEDERAL_LIEN, "3")
    [draft] = _drafts(FORGED, old, lien, since=TODAY)
    assert draft.kind is AlertKind.TITLE_BASELINE
    assert set(draft.numbers) == {FORGED.number, "3"}
    assert _drafts(old, since=TODAY) == []


def test_what_was_recorded_after_the_watch_began_is_news_even_at_the_first_look() -> None:
    since = DAY - timedelta(days=1)
    before = document(DocumentKind.FEDERAL_LIEN, "3", recorded_on=since)
    undated = document(DocumentKind.FEDERAL_LIEN, "4", recorded_on=None)
    news, digest = _drafts(before, FORGED, undated, since=since)
    assert (news.kind, news.numbers) == (AlertKind.TITLE_CHANGE, (FORGED.number,))
    assert (digest.kind, set(digest.numbers)) == (AlertKind.TITLE_BASELINE, {"3", "4"})


def test_the_same_finding_has_the_same_key_and_another_another() -> None:
    [once], [again] = _drafts(FORGED), _drafts(FORGED)
    [other] = _drafts(FORGED.model_copy(update={"number": "8"}))
    assert once.dedupe_key == again.dedupe_key != other.dedupe_key
    assert FORGED.number not in once.dedupe_key
    assert DAY.isoformat() not in once.dedupe_key


def test_a_number_of_ours_is_not_shown_and_a_lien_needs_no_name() -> None:
    [draft] = _drafts(document(DocumentKind.FEDERAL_LIEN, "~lien 2026-11-02", label="Lien (FL)"))
    text = compose_title(draft.kind, draft.facts)
    assert text.what == "The register shows: Lien (FL)."
    [draft] = _drafts(document(DocumentKind.DEED, "7"))
    assert "It names nobody yet." in compose_title(draft.kind, draft.facts).what


def test_only_its_own_kinds_are_put_into_words() -> None:
    [draft] = _drafts(FORGED)
    for kind in AlertKind:
        if kind not in TITLE_KINDS:
            with pytest.raises(ValueError, match="not an alert about a property"):
                compose_title(kind, draft.facts)
