"""Hypothesis strategies: few titles, items and kinds of data, so that they meet often."""

from collections.abc import Sequence
from datetime import date

from hypothesis import strategies as st

from kordant_pipelines.domain.breaches import Breach, DatePrecision, Source
from kordant_pipelines.domain.exposures import Exposure
from kordant_pipelines_tests.domain.examples import NOW

CLASSES = (
    "Auth tokens",
    "Credit cards",
    "Email addresses",
    "Passport numbers",
    "Passwords",
    "Phone numbers",
    "Shoe sizes",
)
NOTHING = frozenset[str]()
ITEMS = ("itm_1", "itm_2", "itm_3")

data_classes = st.frozensets(st.sampled_from(CLASSES), min_size=1, max_size=4)
dates = st.none() | st.dates(date(2012, 1, 1), date(2026, 12, 1))

breaches = st.builds(
    Breach,
    source=st.sampled_from(Source),
    key=st.sampled_from(("a", "b")),
    title=st.sampled_from(("Adobe", "ADOBE", "Linked-In", "LinkedIn", "***", "Pokémon")),
    data_classes=data_classes,
    breach_date=dates,
    date_precision=st.sampled_from(DatePrecision),
    added_at=st.none() | st.just(NOW),
    # One flag in four, for a breach that is hidden for three reasons teaches no more.
    is_verified=st.sampled_from((True, True, True, False)),
    is_fabricated=st.sampled_from((False, False, False, True)),
    is_retired=st.sampled_from((False, False, False, True)),
    is_spam_list=st.sampled_from((False, False, False, True)),
    is_sensitive=st.booleans(),
    is_stealer_log=st.booleans(),
)
"""Breaches of any source and any flags."""


@st.composite
def exposures(draw: st.DrawFn) -> list[Exposure]:
    """Recorded exposures, at most one for each (item, source, key), as the database holds them."""
    found = draw(
        st.lists(
            st.tuples(
                st.sampled_from(ITEMS), breaches, data_classes, st.just(NOTHING) | data_classes
            ),
            max_size=8,
            unique_by=lambda row: (row[0], row[1].source, row[1].key),
        )
    )
    numbers: Sequence[int] = draw(st.permutations(range(len(found))))
    return [
        Exposure(
            id=number,
            item_id=item,
            masked=f"•••{item[-1]}",
            breach=breach,
            data_classes=exposed,
            alerted_classes=told,
        )
        for number, (item, breach, exposed, told) in zip(numbers, found, strict=True)
    ]


first_looks = st.frozensets(st.tuples(st.sampled_from(ITEMS), st.sampled_from(Source)))
"""Which items were asked of which sources for the first time."""
