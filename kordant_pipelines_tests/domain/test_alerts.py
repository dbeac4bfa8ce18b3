"""Alerts in words: what, when, and the one thing to do."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from kordant_pipelines.domain.alerts import AlertKind, ExposureFacts, compose
from kordant_pipelines.domain.breaches import DatePrecision
from kordant_pipelines.domain.exposures import Exposure, owed_alerts
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines_tests.domain.examples import TODAY, some_facts
from kordant_pipelines_tests.domain.strategies import exposures, first_looks

BANK, FREEZE, SESSIONS = (
    "Ask your bank to replace",
    "Freeze your credit",
    "Sign out of every session",
)
PASSWORD, ANSWERS = "Change your password at Adobe and wherever", "security answers at Adobe"
DEVICE, CARRIER, PHISHING = "A device you used was infected", "with your carrier", "Expect phishing"


def test_a_new_exposure() -> None:
    text = compose(AlertKind.EXPOSURE, [some_facts()])
    assert text.title == "j•••@e•••.com was found in the Adobe breach"
    assert text.what == "Exposed with it: email addresses, passwords."
    assert text.when == "It happened on 2024-10-04 and became known on 2024-12-04."
    assert text.action == (
        "Change your password at Adobe and wherever you used the same one, "
        "and turn on two-factor sign-in."
    )


def test_a_paste() -> None:
    facts = some_facts(paste=True, breach="Pastebin x", known_since=None)
    assert compose(AlertKind.EXPOSURE, [facts]).title.endswith("was found in a paste (Pastebin x)")


def test_an_exposure_that_grew() -> None:
    text = compose(AlertKind.EXPOSURE_GREW, [some_facts(new_classes=("Passwords",))])
    assert text.title == "More of your data was in the Adobe breach than first known"
    assert text.what == (
        "Also exposed with j•••@e•••.com, we now know: passwords. "
        "All told: email addresses, passwords."
    )
    assert text.when == "It happened on 2024-10-04 and became known on 2024-12-04."
    assert text.action.startswith(PASSWORD)


def test_a_digest() -> None:
    text = compose(
        AlertKind.BASELINE,
        [
            some_facts(breach="Canva", severity=Severity.HIGH),
            some_facts(
                breach="Dropbox",
                breach_date=date(2012, 7, 1),
                data_classes=("Email addresses",),
                severity=Severity.LOW,
            ),
            some_facts(masked="•••0142", breach="Canva", data_classes=(), severity=Severity.LOW),
        ],
    )
    assert text.title == "First check: 2 known breaches with your data"
    assert text.what == (
        "1 high, 2 low. j•••@e•••.com in Canva (email addresses, passwords); "
        "j•••@e•••.com in Dropbox (email addresses); •••0142 in Canva (no further data)."
    )
    assert text.when == "They happened between 2012 and 2024; all are collected here once."
    assert text.action.startswith("Start with Canva: Change your password at Canva")


@pytest.mark.parametrize(
    ("dates", "when"),
    [
        ([None], "When they happened is not known; they are collected here once."),
        ([date(2019, 1, 1)], "They happened in 2019; all are collected here once."),
        (
            [date(2019, 1, 1), date(2019, 8, 1)],
            "They happened in 2019; all are collected here once.",
        ),
        (
            [date(2019, 1, 1), None],
            "Those whose date is known happened in 2019; all are collected here once.",
        ),
    ],
)
def test_when_a_digests_breaches_happened(dates: list[date | None], when: str) -> None:
    facts = [some_facts(breach_date=day) for day in dates]
    assert compose(AlertKind.BASELINE, facts).when == when


@pytest.mark.parametrize("kind", [AlertKind.EXPOSURE, AlertKind.EXPOSURE_GREW])
@pytest.mark.parametrize(
    ("happened", "precision", "known", "when"),
    [
        (date(2019, 7, 9), DatePrecision.DAY, None, "It happened on 2019-07-09."),
        (date(2019, 7, 1), DatePrecision.MONTH, None, "It happened in 2019-07."),
        (date(2019, 1, 1), DatePrecision.YEAR, None, "It happened in 2019."),
        (None, DatePrecision.DAY, None, "When it happened is not known."),
        (None, DatePrecision.YEAR, None, "When it happened is not known."),
        (
            date(2019, 1, 1),
            DatePrecision.YEAR,
            date(2020, 2, 3),
            "It happened in 2019 and became known on 2020-02-03.",
        ),
        (
            None,
            DatePrecision.MONTH,
            date(2020, 2, 3),
            "When it happened is not known; it became known on 2020-02-03.",
        ),
    ],
)
def test_a_date_is_told_as_exactly_as_it_is_known(
    kind: AlertKind, happened: date | None, precision: DatePrecision, known: date | None, when: str
) -> None:
    facts = some_facts(breach_date=happened, date_precision=precision, known_since=known)
    assert compose(kind, [facts]).when == when


@pytest.mark.parametrize(
    ("classes", "more", "action"),
    [
        ("Email addresses", {}, PHISHING),
        ("", {}, PHISHING),
        ("Email addresses, Phone numbers", {}, CARRIER),
        ("Phone numbers, Password hints", {}, ANSWERS),
        ("Security questions and answers", {}, ANSWERS),
        ("Phone numbers, Passwords", {}, PASSWORD),
        ("Historical passwords", {}, PASSWORD),
        ("Auth tokens", {}, SESSIONS),
        ("Private keys, Passwords", {}, SESSIONS),
        ("Credit cards, Passwords", {}, BANK),
        ("Credit cards, Auth tokens", {}, BANK),
        ("PINs", {}, BANK),
        ("Passport numbers, Credit cards", {}, FREEZE),
        ("Social security numbers, Passwords", {}, FREEZE),
        ("Social security numbers", {"stealer_log": True}, DEVICE),
        ("Email addresses", {"stealer_log": True}, DEVICE),
    ],
)
def test_the_one_thing_to_do_is_against_the_worst(
    classes: str, more: dict[str, Any], action: str
) -> None:
    facts = some_facts(data_classes=tuple(filter(None, classes.split(", "))), **more)
    for kind in (AlertKind.EXPOSURE, AlertKind.EXPOSURE_GREW):
        assert action in compose(kind, [facts]).action
    assert action in compose(AlertKind.BASELINE, [facts]).action


@given(exposures(), first_looks)
def test_every_alert_says_what_when_and_what_to_do_of_masked_identifiers(
    found: list[Exposure], looks: Any
) -> None:
    for draft in owed_alerts(found, looks, TODAY):
        text = compose(draft.kind, draft.facts)
        whole = " ".join((text.title, text.what, text.when, text.action))
        assert all(part.strip() for part in (text.title, text.what, text.when, text.action))
        assert all(part.endswith(".") for part in (text.what, text.when, text.action))
        for facts in draft.facts:
            assert facts.masked in whole
            assert facts.breach in whole
            assert all(c.lower() in whole for c in facts.data_classes)
        assert "itm_" not in whole


@given(st.lists(st.builds(some_facts, severity=st.sampled_from(Severity)), min_size=1))
def test_a_digests_levels_add_up(facts: list[ExposureFacts]) -> None:
    levels = compose(AlertKind.BASELINE, facts).what.partition(". ")[0].split(", ")
    counted = {level: int(count) for count, level in (part.split() for part in levels)}
    severities = [f.severity for f in facts]
    assert counted == {s.value: severities.count(s) for s in set(severities)}
    assert list(counted) == [s.value for s in reversed(Severity) if s in severities]


@given(exposures(), first_looks)
def test_facts_come_back_from_storage_as_they_were(found: list[Exposure], looks: Any) -> None:
    stored = TypeAdapter(tuple[ExposureFacts, ...])
    for draft in owed_alerts(found, looks, TODAY):
        assert stored.validate_json(stored.dump_json(draft.facts)) == draft.facts
