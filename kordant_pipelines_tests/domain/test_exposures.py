"""Which alerts are owed, by example."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.breaches import DatePrecision, Source
from kordant_pipelines.domain.exposures import AlertDraft, Exposure, owed_alerts
from kordant_pipelines.domain.severity import Severity
from kordant_pipelines_tests.domain.examples import TODAY, a_breach, an_exposure
from kordant_pipelines_tests.domain.telling import once_told

FIRST_LOOK = frozenset({("itm_1", Source.HIBP), ("itm_1", Source.HIBP_PASTES)})
NO_FIRST_LOOK = frozenset[tuple[str, Source]]()


def owed(
    *exposures: Exposure, first: frozenset[tuple[str, Source]] = NO_FIRST_LOOK
) -> list[AlertDraft]:
    return owed_alerts(exposures, first, TODAY)


def an_adobe(number: int, source: Source, *classes: str, title: str = "Adobe") -> Exposure:
    """The same breach as another source tells of it."""
    breach = a_breach(title, source=source, key=f"{source.value}-adobe")
    return an_exposure(number, *classes, breach=breach)


def test_a_new_exposure_is_alerted_with_its_facts() -> None:
    breach = a_breach(
        breach_date=date(2026, 10, 1),
        date_precision=DatePrecision.MONTH,
        added_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC),
    )
    [draft] = owed(an_exposure(7, "Passwords", "Email addresses", breach=breach))
    assert (draft.kind, draft.severity) == (AlertKind.EXPOSURE, Severity.CRITICAL)
    assert draft.exposure_ids == (7,)
    [facts] = draft.facts
    assert facts.masked == "j•••@e•••.com"
    assert facts.breach == "Adobe"
    assert (facts.breach_date, facts.date_precision) == (date(2026, 10, 1), DatePrecision.MONTH)
    assert facts.known_since == date(2026, 11, 20)
    assert facts.data_classes == ("Email addresses", "Passwords")
    assert facts.new_classes == ()
    assert facts.severity is Severity.CRITICAL
    assert not facts.stealer_log
    assert not facts.paste


def test_what_a_first_look_brings_up_is_one_digest_the_most_urgent_first() -> None:
    found = [
        an_exposure(1, "Email addresses", breach=a_breach("Canva")),
        an_exposure(2, "Credit cards", breach=a_breach("Dropbox")),
        an_exposure(3, "Phone numbers", breach=a_breach("Adobe")),
    ]
    [draft] = owed(*found, first=FIRST_LOOK)
    assert (draft.kind, draft.severity) == (AlertKind.BASELINE, Severity.CRITICAL)
    assert [f.breach for f in draft.facts] == ["Dropbox", "Adobe", "Canva"]
    assert sorted(draft.exposure_ids) == [1, 2, 3]


def test_a_clean_first_look_owes_nothing() -> None:
    assert owed(first=FIRST_LOOK) == []


def test_one_item_may_be_new_while_another_is_followed() -> None:
    followed = an_exposure(1, item_id="itm_2", breach=a_breach("Adobe"))
    new = an_exposure(2, item_id="itm_1", breach=a_breach("Adobe"))
    drafts = owed(followed, new, first=FIRST_LOOK)
    assert [(d.kind, d.exposure_ids) for d in drafts] == [
        (AlertKind.EXPOSURE, (1,)),
        (AlertKind.BASELINE, (2,)),
    ]


def test_of_several_new_exposures_the_most_urgent_comes_first() -> None:
    drafts = owed(
        an_exposure(1, "Email addresses", breach=a_breach("Adobe")),
        an_exposure(2, "Passport numbers", breach=a_breach("Canva")),
        an_exposure(3, "Phone numbers", breach=a_breach("Dropbox")),
    )
    assert [d.facts[0].breach for d in drafts] == ["Canva", "Dropbox", "Adobe"]
    assert {d.kind for d in drafts} == {AlertKind.EXPOSURE}


def test_sources_that_tell_of_one_breach_give_one_alert_of_all_its_data() -> None:
    [draft] = owed(
        an_adobe(1, Source.HIBP, "Email addresses"),
        an_adobe(2, Source.LEAKCHECK, "Passwords", title="ADOBE"),
    )
    assert draft.exposure_ids == (1, 2)
    assert draft.facts[0].data_classes == ("Email addresses", "Passwords")
    assert draft.severity is Severity.HIGH


def test_two_breaches_of_one_source_stay_two_however_alike_their_titles() -> None:
    told = an_exposure(1, breach=a_breach("Acme", key="Acme"))
    other = an_exposure(2, breach=a_breach("ACME!", key="Acme2"))
    [draft] = owed(*once_told([told], owed(told)), other)
    assert draft.exposure_ids == (2,)


def test_a_title_that_passes_to_another_breach_takes_no_alert_with_it() -> None:
    """The key of the alert for the old breach must not swallow the one for the new."""
    old = an_exposure(1, breach=a_breach("Zoosk", key="Zoosk"))
    [first] = owed(old)
    renamed = an_exposure(1, breach=a_breach("Zoosk (2011)", key="Zoosk"))
    [second] = owed(
        *once_told([renamed], [first]), an_exposure(2, breach=a_breach("Zoosk", key="Zoosk2020"))
    )
    assert second.dedupe_key != first.dedupe_key


def test_another_source_that_adds_nothing_is_no_news() -> None:
    told = replace(an_adobe(1, Source.HIBP, "Passwords"), alerted_classes=frozenset({"Passwords"}))
    assert owed(told, an_adobe(2, Source.LEAKCHECK, "Passwords")) == []


def test_another_source_that_knows_more_is_news_even_at_its_first_look() -> None:
    told = replace(an_adobe(1, Source.HIBP, "Passwords"), alerted_classes=frozenset({"Passwords"}))
    more = an_adobe(2, Source.LEAKCHECK, "Phone numbers")
    [draft] = owed(told, more, first=frozenset({("itm_1", Source.LEAKCHECK)}))
    assert draft.kind is AlertKind.EXPOSURE_GREW
    assert draft.facts[0].new_classes == ("Phone numbers",)


def test_what_a_followed_source_adds_is_new_though_another_looks_for_the_first_time() -> None:
    both = [an_adobe(1, Source.HIBP), an_adobe(2, Source.LEAKCHECK)]
    [draft] = owed(*both, first=frozenset({("itm_1", Source.LEAKCHECK)}))
    assert draft.kind is AlertKind.EXPOSURE


def test_an_alert_speaks_of_the_exposure_whose_date_is_known() -> None:
    undated = a_breach("ADOBE", source=Source.HIBP, key="a", breach_date=None)
    dated = a_breach("Adobe.", source=Source.LEAKCHECK, key="b", breach_date=date(2019, 7, 1))
    [draft] = owed(an_exposure(1, breach=undated), an_exposure(2, breach=dated))
    assert draft.facts[0].breach_date == date(2019, 7, 1)


@pytest.mark.parametrize(
    ("told", "exposed", "new"),
    [
        ("Names", "Names", None),
        ("Names Passwords", "Names", None),
        ("Names", "Names Passwords", ("Passwords",)),
        ("Names", "Passwords", ("Passwords",)),
    ],
)
def test_it_is_alerted_again_exactly_when_more_kinds_of_data_are_out(
    told: str, exposed: str, new: tuple[str, ...] | None
) -> None:
    drafts = owed(an_exposure(1, *exposed.split(), alerted_classes=frozenset(told.split())))
    assert [d.facts[0].new_classes for d in drafts] == ([] if new is None else [new])
    assert {d.kind for d in drafts} <= {AlertKind.EXPOSURE_GREW}


def test_growing_twice_gives_two_alerts_with_keys_of_their_own() -> None:
    exposure, keys = an_exposure(1, "Names"), list[str]()
    for classes in ("Names", "Names Passwords", "Names Passwords Phone"):
        exposure = replace(exposure, data_classes=frozenset(classes.split()))
        drafts = owed(exposure)
        keys += [draft.dedupe_key for draft in drafts]
        [exposure] = once_told([exposure], drafts)
    assert len(set(keys)) == 3


def test_what_was_told_stays_told_when_the_source_that_told_is_hidden() -> None:
    """Else retiring a breach at one source would alert it anew by way of another."""
    told = replace(
        an_adobe(1, Source.HIBP, "Passwords"),
        breach=a_breach("Adobe", is_retired=True),
        alerted_classes=frozenset({"Passwords"}),
    )
    assert owed(told, an_adobe(2, Source.LEAKCHECK, "Passwords")) == []


def test_a_breach_is_alerted_when_it_becomes_reportable() -> None:
    rumour = an_exposure(1, "Passwords", breach=a_breach(is_verified=False))
    assert owed(rumour) == []
    [draft] = owed(replace(rumour, breach=a_breach(is_verified=True)))
    assert draft.kind is AlertKind.EXPOSURE


def test_who_asks_for_unverified_breaches_hears_of_them() -> None:
    rumour = an_exposure(1, "Passwords", breach=a_breach(is_verified=False))
    [draft] = owed_alerts([rumour], NO_FIRST_LOOK, TODAY, include_unverified=True)
    assert draft.severity is Severity.MEDIUM


def test_a_first_look_in_parts_loses_none_of_them() -> None:
    """A source that never answers in full is asked for the first time at every scan.

    Were its digests named by the look, the second would pass for the first and be dropped.
    """
    canva, adobe = (
        an_exposure(1, breach=a_breach("Canva")),
        an_exposure(2, breach=a_breach("Adobe")),
    )
    first = owed(canva, first=FIRST_LOOK)
    second = owed(*once_told([canva], first), adobe, first=FIRST_LOOK)
    assert second[0].exposure_ids == (2,)
    assert second[0].dedupe_key != first[0].dedupe_key


def test_pastes_and_stealer_logs_are_said_to_be_so() -> None:
    paste = a_breach("Pastebin x", source=Source.HIBP_PASTES, key="Pastebin:x")
    log = a_breach("Stealer logs", is_stealer_log=True)
    worst, other = owed(an_exposure(1, breach=paste), an_exposure(2, breach=log))
    assert (worst.facts[0].stealer_log, worst.severity) == (True, Severity.CRITICAL)
    assert other.facts[0].paste


@pytest.mark.parametrize("first", [FIRST_LOOK, NO_FIRST_LOOK])
def test_the_longest_names_fit_the_databases_key(first: frozenset[tuple[str, Source]]) -> None:
    breach = a_breach("ﬃ" * 300, key="k" * 200)
    [draft] = owed(an_exposure(1, breach=breach), first=first)
    assert len(draft.dedupe_key) <= 300
