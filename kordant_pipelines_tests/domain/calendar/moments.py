"""Hypothesis strategies: moments in any zone, periods, windows."""

from datetime import datetime

from hypothesis import strategies as st

from kordant_pipelines.domain.calendar.cadences import Cadence
from kordant_pipelines.domain.calendar.periods import DAY_SECONDS, Window, period_at

moments = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.timezones())  # noqa: DTZ001 - the zone comes from `timezones`
"""Any moment, told in any zone there is, also in hours that its clocks skip or have twice."""

cadences = st.sampled_from(Cadence)
periods = st.builds(period_at, cadences, moments)

windows = (
    st.tuples(st.integers(0, DAY_SECONDS), st.integers(0, DAY_SECONDS))
    .filter(lambda ends: ends[0] != ends[1])
    .map(lambda ends: Window(min(ends), max(ends)))
)

ids = st.text("abcdef0123456789", min_size=20, max_size=20).map("sub_{}".format)
