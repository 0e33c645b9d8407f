"""A packed day comes back to the last bit, and is small."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.monitoring.readings.packing import VERSION, PackedColumns, pack, unpack

DAY_US = 1_795_737_600_000_000
MOMENT = st.integers(DAY_US, DAY_US + 86_400_000_000 - 1)
ROWS = st.lists(
    st.tuples(
        MOMENT,
        MOMENT,
        st.floats(width=32, allow_nan=False, allow_infinity=False),
        st.integers(0, 2**16),
        st.integers(-172_800, 172_800),
    ),
    min_size=1,
    max_size=60,
)


def columns(rows: list[tuple[int, int, float, int, int]]) -> PackedColumns:
    observed, received, value, flags, correction = zip(*rows, strict=True)
    return PackedColumns(
        np.array(observed, dtype=np.int64),
        np.array(received, dtype=np.int64),
        np.array(value, dtype=np.float32),
        np.array(flags, dtype=np.int32),
        np.array(correction, dtype=np.int32),
    )


@given(ROWS)
def test_what_was_packed_comes_back_to_the_last_bit(rows: list[tuple[int, int, float, int, int]]) -> None:
    before = columns(rows)
    after = unpack(pack(before), VERSION)
    for name in ("observed_us", "received_us", "flags", "correction_seconds"):
        assert np.array_equal(getattr(before, name), getattr(after, name))
    assert np.array_equal(before.value.view(np.int32), after.value.view(np.int32))


def test_a_day_of_a_sensor_takes_less_than_three_bytes_a_reading() -> None:
    random = np.random.default_rng(4)
    count = 288
    observed = DAY_US + np.arange(count) * 300_000_000 + random.integers(0, 3, count) * 1_000_000
    rows = PackedColumns(
        observed,
        observed + random.integers(1, 20, count) * 1_000_000,
        np.clip(140 + np.cumsum(random.normal(0, 5, count)), 40, 400).round().astype(np.float32),
        np.zeros(count, dtype=np.int32),
        np.zeros(count, dtype=np.int32),
    )
    row_overhead_bytes = 70  # header, keys and line pointer of a row of readings_chunk
    assert (len(pack(rows)) + row_overhead_bytes) / count <= 3


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(ValueError, match="not known"):
        unpack(b"", VERSION + 1)
