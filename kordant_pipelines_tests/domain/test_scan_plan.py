"""Who is asked about what, and what needs no question."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.coverage import Coverage, Outcome
from kordant_pipelines.domain.identifiers import IdentifierKind
from kordant_pipelines.domain.scan_plan import (
    PASTE_INTERVAL,
    SOURCES,
    Check,
    Item,
    Lookup,
    Plan,
    plan_scan,
)
from kordant_pipelines_tests.domain.examples import NOW

EMAIL, PHONE = Item("itm_e", IdentifierKind.EMAIL), Item("itm_p", IdentifierKind.PHONE)
ALL = frozenset(Source)
Checks = dict[tuple[str, Source], Check]

items = st.lists(
    st.builds(Item, st.sampled_from("abcd"), st.sampled_from(IdentifierKind)),
    unique_by=lambda item: item.id,
)
versions = st.none() | st.integers(1, 3)
checks = st.dictionaries(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(Source)),
    st.builds(
        Check,
        st.timedeltas(timedelta(0), 2 * PASTE_INTERVAL).map(lambda age: NOW - age),
        versions,
    ),
)
available = st.frozensets(st.sampled_from(Source))


@given(items, checks, available, versions)
def test_each_item_and_usable_source_appears_exactly_once(
    watched: list[Item], done: Checks, usable: frozenset[Source], version: int | None
) -> None:
    plan = plan_scan(watched, done, usable, version, NOW)
    planned = [(lookup.item_id, lookup.source) for lookup in plan.lookups]
    planned += [(c.item_id, c.source) for c in plan.settled if c.source is not None]
    owed = [(item.id, s) for item in watched for s in SOURCES[item.kind] if s in usable]
    assert sorted(planned) == sorted(owed)
    uncovered = {c.item_id for c in plan.settled if c.outcome is Outcome.UNCOVERED}
    assert uncovered == {item.id for item in watched if not usable & set(SOURCES[item.kind])}
    assert uncovered == {c.item_id for c in plan.settled if c.source is None}


@given(items, checks, available, versions)
def test_nothing_is_settled_but_by_an_answer_that_still_holds(
    watched: list[Item], done: Checks, usable: frozenset[Source], version: int | None
) -> None:
    for row in plan_scan(watched, done, usable, version, NOW).settled:
        if row.source is None:
            assert row.as_of is None
            continue
        check = done[row.item_id, Source(row.source)]
        assert row.as_of == check.checked_at
        if row.outcome is Outcome.UNCHANGED:
            assert row.source is Source.HIBP
            assert version is not None
            assert check.catalogue_version == version
        else:
            assert row.outcome is Outcome.NOT_DUE
            assert row.source is Source.HIBP_PASTES
            assert NOW - check.checked_at < PASTE_INTERVAL


@given(items, checks, available)
def test_without_a_fresh_catalogue_nothing_is_called_unchanged(
    watched: list[Item], done: Checks, usable: frozenset[Source]
) -> None:
    plan = plan_scan(watched, done, usable, None, NOW)
    assert all(row.outcome is not Outcome.UNCHANGED for row in plan.settled)


@given(items, available, st.integers(1, 3), st.timedeltas(timedelta(0), PASTE_INTERVAL))
def test_just_after_a_scan_only_leakcheck_is_asked_again(
    watched: list[Item], usable: frozenset[Source], version: int, pause: timedelta
) -> None:
    """HIBP's quota is spent once for each version of the catalogue, not once for each scan."""
    first = plan_scan(watched, {}, usable, version, NOW)
    assert all(row.outcome is Outcome.UNCOVERED for row in first.settled)
    done = {(lookup.item_id, lookup.source): Check(NOW, version) for lookup in first.lookups}
    later = NOW + min(pause, PASTE_INTERVAL - timedelta(seconds=1))
    again = plan_scan(watched, done, usable, version, later)
    assert {lookup.source for lookup in again.lookups} <= {Source.LEAKCHECK}


def planned(item: Item, source: Source, check: Check, version: int | None) -> Lookup | Outcome:
    """What becomes of one item that was checked once."""
    plan: Plan = plan_scan([item], {(item.id, source): check}, {source}, version, NOW)
    [only] = (*plan.lookups, *plan.settled)
    return only.outcome if isinstance(only, Coverage) else only


@pytest.mark.parametrize(
    ("item", "source", "age", "checked_under", "version", "outcome"),
    [
        (EMAIL, Source.HIBP, timedelta(days=300), 7, 7, Outcome.UNCHANGED),
        (EMAIL, Source.HIBP, timedelta(0), 6, 7, None),
        (EMAIL, Source.HIBP, timedelta(0), 7, 6, None),  # another's catalogue was restored
        (EMAIL, Source.HIBP, timedelta(0), None, 7, None),
        (EMAIL, Source.HIBP, timedelta(0), None, None, None),
        (EMAIL, Source.HIBP, timedelta(0), 7, None, None),
        (EMAIL, Source.HIBP_PASTES, timedelta(0), None, 7, Outcome.NOT_DUE),
        (EMAIL, Source.HIBP_PASTES, timedelta(0), None, None, Outcome.NOT_DUE),
        (
            EMAIL,
            Source.HIBP_PASTES,
            PASTE_INTERVAL - timedelta(seconds=1),
            None,
            7,
            Outcome.NOT_DUE,
        ),
        (EMAIL, Source.HIBP_PASTES, PASTE_INTERVAL, None, 7, None),
        (PHONE, Source.LEAKCHECK, timedelta(0), None, 7, None),
        (PHONE, Source.LEAKCHECK, timedelta(0), 7, 7, None),
    ],
)
def test_when_an_answer_still_holds(
    item: Item,
    source: Source,
    age: timedelta,
    checked_under: int | None,
    version: int | None,
    outcome: Outcome | None,
) -> None:
    expected = outcome or Lookup(item.id, source)
    assert planned(item, source, Check(NOW - age, checked_under), version) == expected


@pytest.mark.parametrize(
    ("kind", "usable", "reason"),
    [
        (IdentifierKind.EMAIL, {Source.LEAKCHECK}, "no_source_for_email"),
        (IdentifierKind.PHONE, {Source.HIBP, Source.HIBP_PASTES}, "no_source_for_phone"),
        (IdentifierKind.USERNAME, frozenset[Source](), "no_source_for_username"),
    ],
)
def test_what_no_source_looks_for_is_said_to_be_uncovered(
    kind: IdentifierKind, usable: frozenset[Source], reason: str
) -> None:
    done = {("itm", source): Check(NOW, 7) for source in Source}
    plan = plan_scan([Item("itm", kind)], done, usable, 7, NOW)
    assert plan == Plan(
        (), (Coverage(item_id="itm", source=None, outcome=Outcome.UNCOVERED, reason=reason),)
    )


def test_every_kind_has_a_source() -> None:
    assert SOURCES.keys() == set(IdentifierKind)
    assert all(SOURCES.values())


def test_moments_without_a_zone_are_refused() -> None:
    naive = datetime(2026, 11, 24)  # noqa: DTZ001 - the case in question
    with pytest.raises(ValueError, match="has no time zone"):
        Check(naive, 7)
    with pytest.raises(ValueError, match="has no time zone"):
        plan_scan([EMAIL], {}, ALL, 7, naive)
