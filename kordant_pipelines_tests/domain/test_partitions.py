"""Partitions that mirror the subscriptions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.partitions import partition_changes

ids = st.frozensets(st.sampled_from("abcdef"))
Ids = frozenset[str]


@pytest.mark.parametrize(
    ("wanted", "unwanted", "existing", "in_flight", "to_add", "to_delete"),
    [
        ("ab", "", "", "", "ab", ""),
        ("ab", "", "ab", "", "", ""),
        ("a", "b", "b", "", "a", "b"),
        ("", "b", "b", "b", "", ""),
        ("", "b", "", "", "", ""),
        ("", "", "b", "", "", ""),  # not among those that changed: left alone
        ("a", "a", "a", "", "", ""),
    ],
)
def test_changes(
    wanted: str, unwanted: str, existing: str, in_flight: str, to_add: str, to_delete: str
) -> None:
    got = partition_changes(set(wanted), set(unwanted), set(existing), set(in_flight))
    assert got == (set(to_add), set(to_delete))


@given(ids, ids, ids, ids)
def test_nothing_wanted_and_nothing_with_a_run_in_flight_is_deleted(
    wanted: Ids, unwanted: Ids, existing: Ids, in_flight: Ids
) -> None:
    _, to_delete = partition_changes(wanted, unwanted, existing, in_flight)
    assert not to_delete & (wanted | in_flight)
    assert to_delete <= unwanted


@given(ids, ids, ids)
def test_once_applied_and_with_all_runs_ended_they_mirror_the_subscriptions(
    wanted: Ids, existing: Ids, in_flight: Ids
) -> None:
    unwanted = existing - wanted
    for flying in (in_flight, Ids()):
        to_add, to_delete = partition_changes(wanted, unwanted, existing, flying)
        existing = Ids((existing | to_add) - to_delete)
    assert existing == wanted
    assert partition_changes(wanted, unwanted, existing, Ids()) == (set(), set())
