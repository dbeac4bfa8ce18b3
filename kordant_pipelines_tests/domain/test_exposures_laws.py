"""Which alerts are owed, whatever the exposures."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.alerts import AlertKind
from kordant_pipelines.domain.breaches import Source, is_reportable
from kordant_pipelines.domain.exposures import AlertDraft, Exposure, owed_alerts
from kordant_pipelines_tests.domain.examples import TODAY
from kordant_pipelines_tests.domain.strategies import CLASSES, exposures, first_looks
from kordant_pipelines_tests.domain.telling import ids, once_told

Looks = frozenset[tuple[str, Source]]


class Known:
    """All that is known of one item in one breach, reckoned without the code under test."""

    def __init__(self, group: Sequence[Exposure], *, unverified: bool) -> None:
        self.shown = [e for e in group if is_reportable(e.breach, include_unverified=unverified)]
        self.told = set[str]().union(*(e.alerted_classes for e in group))
        self.exposed = set[str]().union(*(e.data_classes for e in self.shown))

    def is_owed(self) -> bool:
        """Whether something is out that its owner was not told of."""
        return not self.exposed <= self.told

    def is_first_look(self, looks: Looks) -> bool:
        """Whether nothing was told, and all who tell of it were asked for the first time."""
        return not self.told and all((e.item_id, e.breach.source) in looks for e in self.shown)


def groups(found: Sequence[Exposure], *, unverified: bool) -> list[Known]:
    """The exposures by item and breach; what one source lists as two is two."""
    known: list[Known] = []
    for key in {(e.item_id, e.breach.canonical_name) for e in found}:
        alike = [e for e in found if (e.item_id, e.breach.canonical_name) == key]
        apart = len({e.breach.source for e in alike}) < len(alike)
        parts = [[e] for e in alike] if apart else [alike]
        known += [Known(part, unverified=unverified) for part in parts]
    return known


def numbers(known: Sequence[Known]) -> list[int]:
    """The ids of what is shown of these."""
    return sorted(e.id for one in known for e in one.shown)


def owed(found: Sequence[Exposure], looks: Looks, *, unverified: bool) -> list[AlertDraft]:
    return owed_alerts(found, looks, TODAY, include_unverified=unverified)


@given(found=exposures(), looks=first_looks, later=first_looks, unverified=st.booleans())
def test_once_told_nothing_is_owed(
    *, found: list[Exposure], looks: Looks, later: Looks, unverified: bool
) -> None:
    recorded = once_told(found, owed(found, looks, unverified=unverified))
    assert owed(recorded, later, unverified=unverified) == []


@given(found=exposures(), looks=first_looks, unverified=st.booleans())
def test_each_exposure_that_is_owed_is_told_once_and_no_other(
    *, found: list[Exposure], looks: Looks, unverified: bool
) -> None:
    drafts = owed(found, looks, unverified=unverified)
    known = groups(found, unverified=unverified)
    assert ids(drafts) == numbers([one for one in known if one.is_owed()])


@given(found=exposures(), looks=first_looks, unverified=st.booleans())
def test_nothing_hidden_is_ever_told(
    *, found: list[Exposure], looks: Looks, unverified: bool
) -> None:
    told = set(ids(owed(found, looks, unverified=unverified)))
    for exposure in found:
        if exposure.id in told:
            assert is_reportable(exposure.breach, include_unverified=unverified)


@given(found=exposures(), looks=first_looks, unverified=st.booleans())
def test_a_digest_collects_all_first_looks_and_nothing_else(
    *, found: list[Exposure], looks: Looks, unverified: bool
) -> None:
    drafts = owed(found, looks, unverified=unverified)
    digests = [draft for draft in drafts if draft.kind is AlertKind.BASELINE]
    assert len(digests) <= 1
    assert digests == drafts[len(drafts) - len(digests) :]
    first = [
        one
        for one in groups(found, unverified=unverified)
        if one.is_owed() and one.is_first_look(looks)
    ]
    assert ids(digests) == numbers(first)
    assert sum(len(draft.facts) for draft in digests) == len(first)


@given(found=exposures(), looks=first_looks, random=st.randoms(), unverified=st.booleans())
def test_the_order_in_which_the_database_answers_changes_nothing(
    *, found: list[Exposure], looks: Looks, random: Any, unverified: bool
) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)
    assert owed(shuffled, looks, unverified=unverified) == owed(found, looks, unverified=unverified)


@given(found=exposures(), looks=first_looks)
def test_no_two_alerts_of_a_subscription_ever_share_a_key(
    *, found: list[Exposure], looks: Looks
) -> None:
    """A key that was there before would drop its alert: the database holds keys unique."""
    keys = list[str]()
    for grown in (frozenset[str](), *(frozenset({name}) for name in CLASSES)):
        found = [replace(e, data_classes=e.data_classes | grown) for e in found]
        drafts = owed(found, looks, unverified=False)
        keys += [draft.dedupe_key for draft in drafts]
        found = once_told(found, drafts)
    assert len(set(keys)) == len(keys)


@given(found=exposures(), looks=first_looks)
def test_the_most_urgent_come_first_and_a_digest_is_as_urgent_as_its_worst(
    *, found: list[Exposure], looks: Looks
) -> None:
    drafts = owed(found, looks, unverified=False)
    single = [d.severity.rank for d in drafts if d.kind is not AlertKind.BASELINE]
    assert single == sorted(single, reverse=True)
    for draft in drafts:
        inside = [facts.severity.rank for facts in draft.facts]
        assert inside == sorted(inside, reverse=True)
        assert draft.severity.rank == inside[0]


@given(found=exposures(), looks=first_looks)
def test_an_alert_names_as_new_what_was_not_told_before(
    *, found: list[Exposure], looks: Looks
) -> None:
    by_id = {e.id: e for e in found}
    for draft in owed(found, looks, unverified=False):
        if draft.kind is AlertKind.BASELINE:
            assert all(not facts.new_classes for facts in draft.facts)
            continue
        [facts] = draft.facts
        speaks_of = [by_id[number] for number in draft.exposure_ids]
        told = {c for e in speaks_of for c in e.alerted_classes}
        assert set(facts.data_classes) == {c for e in speaks_of for c in e.data_classes}
        assert bool(facts.new_classes) is (draft.kind is AlertKind.EXPOSURE_GREW)
        assert not told & set(facts.new_classes)
