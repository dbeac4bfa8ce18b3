"""What a scan says it looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kordant_pipelines.domain.breaches import Source
from kordant_pipelines.domain.coverage import Coverage, Outcome, summarise


def row(
    outcome: Outcome, source: Source | None = Source.HIBP, reason: str | None = None
) -> Coverage:
    return Coverage(item_id="itm_1", source=source, outcome=outcome, reason=reason)


CHECKED = row(Outcome.CHECKED)
TIMEOUT = row(Outcome.NOT_CHECKED, reason="timeout")
LIMITED = row(Outcome.NOT_CHECKED, Source.LEAKCHECK, "rate_limited")
UNCOVERED = row(Outcome.UNCOVERED, None, "no_source_for_phone")

rows = st.lists(
    st.builds(
        Coverage,
        item_id=st.sampled_from(("itm_1", "itm_2")),
        source=st.none() | st.sampled_from(Source),
        outcome=st.sampled_from(Outcome),
        reason=st.none() | st.sampled_from(("timeout", "bad_key")),
    )
)


@pytest.mark.parametrize(
    ("covered", "sentence"),
    [
        ([], "nothing to check"),
        ([CHECKED], "1 checked"),
        (
            [CHECKED, row(Outcome.NOT_DUE), row(Outcome.UNCHANGED)],
            "1 checked, 1 unchanged, 1 not due",
        ),
        ([CHECKED, CHECKED, TIMEOUT], "2 checked, 1 not checked (hibp: timeout ×1)"),
        (
            [LIMITED, TIMEOUT, TIMEOUT],
            "3 not checked (hibp: timeout ×2, leakcheck: rate_limited ×1)",
        ),
        ([CHECKED, UNCOVERED], "1 checked, 1 uncovered (no_source_for_phone ×1)"),
    ],
)
def test_one_line_for_an_operator(covered: list[Coverage], sentence: str) -> None:
    assert summarise(covered).sentence() == sentence


@pytest.mark.parametrize(
    ("covered", "answered"),
    [
        ([], True),
        ([CHECKED, row(Outcome.UNCHANGED), row(Outcome.NOT_DUE)], True),
        ([CHECKED, UNCOVERED], True),
        ([CHECKED, TIMEOUT], False),
        ([TIMEOUT], False),
    ],
)
def test_a_scan_is_answered_unless_a_source_failed(
    covered: list[Coverage], *, answered: bool
) -> None:
    assert summarise(covered).answered is answered


@given(rows)
def test_every_row_is_counted_once(covered: list[Coverage]) -> None:
    summary = summarise(covered)
    assert summary.counts.keys() == set(Outcome)
    assert sum(summary.counts.values()) == len(covered)
    assert sum(summary.reasons.values()) == sum(c.reason is not None for c in covered)
    assert summary.answered is all(c.outcome is not Outcome.NOT_CHECKED for c in covered)


@given(rows, rows)
def test_two_scans_add_up(one: list[Coverage], other: list[Coverage]) -> None:
    first, second, both = summarise(one), summarise(other), summarise(one + other)
    assert both.counts == {o: first.counts[o] + second.counts[o] for o in Outcome}
    reasons = first.reasons.keys() | second.reasons.keys()
    assert both.reasons == {
        why: first.reasons.get(why, 0) + second.reasons.get(why, 0) for why in reasons
    }
