"""What a door understood, as rows: canonical units, what the time says, and the same whoever else is in the group."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import METRICS
from hearthline.monitoring.readings.pipeline.normalise import (
    FUTURE_US,
    NO_DEVICE,
    SECOND_US,
    UNKNOWN_METRIC,
    UNKNOWN_UNIT,
    Draft,
    kind_of,
    normalise,
    normalise_all,
)
from hearthline.monitoring.readings.pipeline.types import Outcome

NOW_US = 1_795_737_600 * SECOND_US
PAIRS = [(metric.code, unit.ucum) for metric in METRICS for unit in metric.units]
VALUE = st.floats(-10, 1000) | st.sampled_from([math.nan, math.inf, -math.inf, 39.0, 401.0])


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    draft = Draft(draw(st.integers(1, 5)))
    for _ in range(draw(st.integers(0, 8))):
        draft.add(
            draw(st.integers(0, draft.items - 1)),
            draw(st.sampled_from([UNKNOWN_METRIC, UNKNOWN_UNIT, *(kind_of(*pair) for pair in PAIRS)])),
            draw(VALUE),
            NOW_US + draw(st.integers(-(10**15), 10**14)),
            draw(st.sampled_from([NO_DEVICE, 7, 8])),
            correction=draw(st.sampled_from([0, -3600, 10**10])),
            flags=draw(st.sampled_from([0, int(Flag.LOW), int(Flag.HIGH)])),
        )
    if draw(st.booleans()):
        draft.outcomes[0] = Outcome.MALFORMED
    return draft


@given(st.lists(drafts(), min_size=1, max_size=6))
def test_a_body_is_understood_the_same_alone_and_in_a_group(group: list[Draft]) -> None:
    times = [NOW_US + n * SECOND_US for n in range(len(group))]
    together = normalise_all(group, times)
    for draft, at, (rows, outcomes) in zip(group, times, together, strict=True):
        alone_rows, alone_outcomes = normalise(draft, at)
        assert rows.tobytes() == alone_rows.tobytes()
        assert outcomes.tolist() == alone_outcomes.tolist()


@given(drafts())
def test_what_is_stored_is_believable_and_belongs_to_an_item_without_fault(draft: Draft) -> None:
    rows, outcomes = normalise(draft, NOW_US)
    assert len(outcomes) == draft.items
    assert np.isfinite(rows["value"]).all()
    assert set(outcomes[rows["item"]].tolist()) <= {Outcome.ACCEPTED}
    ranges = {metric.number: (metric.possible_low, metric.possible_high) for metric in METRICS}
    for row in rows:
        low, high = ranges[int(row["metric"])]
        assert np.float32(low) <= row["value"] <= np.float32(high)


@pytest.mark.parametrize(("metric", "unit"), PAIRS)
def test_every_unit_comes_to_the_canonical_one_by_its_exact_factor(metric: str, unit: str) -> None:
    found = next(one for one in METRICS if one.code == metric)
    factors = found.factor_of(unit)
    assert factors is not None
    middle = (found.possible_low + found.possible_high) / 2
    said = (middle - float(factors.offset)) / float(factors.factor)
    draft = Draft(1)
    draft.add(0, kind_of(metric, unit), said, NOW_US, 7)
    rows, _ = normalise(draft, NOW_US)
    assert rows["value"][0] == pytest.approx(middle, rel=1e-6)


@pytest.mark.parametrize(
    ("ahead_us", "flag"),
    [
        (0, 0),
        (FUTURE_US, 0),
        (FUTURE_US + 1, Flag.FUTURE),
        (-900 * SECOND_US, 0),
        (-900 * SECOND_US - 1, Flag.LATE),
    ],
)
def test_the_edges_of_future_and_late(ahead_us: int, flag: int) -> None:
    draft = Draft(1)
    draft.add(0, kind_of("glucose", "mg/dL"), 100, NOW_US + ahead_us, 7)
    rows, _ = normalise(draft, NOW_US)
    assert rows["flags"][0] == flag
