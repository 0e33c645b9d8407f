"""A finished day of a stream in about two bytes a reading: what it was, to the microsecond and the last bit.

Version 1: each column as differences in whole numbers, the bytes of one place of all numbers together, compressed.
"""

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

VERSION = 1
Column = np.ndarray[Any, np.dtype[Any]]
TIME_STEPS_US = (1_000_000, 1_000, 1)  # times are kept in the widest step that loses nothing
VALUE_SCALES = (1.0, 10.0, 100.0)
AS_BITS = 0  # in place of a scale: values as the bits of their float
LARGEST_SCALED = 1e9  # larger values are kept as their bits
COMPRESSION = 9


@dataclass(frozen=True)
class PackedColumns:
    """The columns of one device's day, in the order of the device's clock. Times in microseconds since 1970 UTC."""

    observed_us: Column
    received_us: Column
    value: Column
    flags: Column
    correction_seconds: Column


def pack(columns: PackedColumns) -> bytes:
    """Return the day as bytes that ``unpack`` turns back into exactly the same columns."""
    step = _step(columns.observed_us)
    received_step = _step(columns.received_us)
    scale = _scale(columns.value)
    values = (
        columns.value.astype(np.float32).view(np.int32).astype(np.int64)
        if scale == AS_BITS
        else np.rint(columns.value.astype(np.float64) * scale).astype(np.int64)
    )
    numbers = [
        _twice(columns.observed_us // step),
        _twice(columns.received_us // received_step),
        _once(values),
        _once(columns.flags.astype(np.int64)),
        _once(columns.correction_seconds.astype(np.int64)),
    ]
    head = np.array([len(values), step, received_step, int(scale)], dtype="<i8").tobytes()
    return zlib.compress(head + b"".join(_planes(one) for one in numbers), COMPRESSION)


def unpack(packed: bytes, version: int) -> PackedColumns:
    """Return the columns of a packed day.

    Raises:
        ValueError: the version is not known.
    """
    if version != VERSION:
        message = f"chunk version {version} is not known"
        raise ValueError(message)
    data = zlib.decompress(packed)
    count, step, received_step, scale = (int(one) for one in np.frombuffer(data[:32], dtype="<i8"))
    body = np.frombuffer(data[32:], dtype=np.uint8).reshape(5, 8, count)
    numbers = [np.ascontiguousarray(one.T).reshape(-1).view("<i8").astype(np.int64) for one in body]
    observed, received, values, flags, corrections = (_unzigzag(one) for one in numbers)
    plain = np.cumsum(values)
    return PackedColumns(
        observed_us=np.cumsum(np.cumsum(observed)) * step,
        received_us=np.cumsum(np.cumsum(received)) * received_step,
        value=plain.astype(np.int32).view(np.float32)
        if scale == AS_BITS
        else (plain / scale).astype(np.float32),
        flags=np.cumsum(flags).astype(np.int32),
        correction_seconds=np.cumsum(corrections).astype(np.int32),
    )


def _step(times_us: Column) -> int:
    return next(step for step in TIME_STEPS_US if not np.any(times_us % step))


def _scale(values: Column) -> float:
    single = values.astype(np.float32)
    if np.any(np.abs(single) > LARGEST_SCALED):
        return AS_BITS
    for scale in VALUE_SCALES:
        whole = np.rint(single.astype(np.float64) * scale).astype(np.int64)
        # Compared as bits: a negative zero has to come back as it was.
        if np.array_equal((whole / scale).astype(np.float32).view(np.int32), single.view(np.int32)):
            return scale
    return AS_BITS


def _once(values: Column) -> Column:
    return _zigzag(np.diff(values, prepend=np.int64(0)))


def _twice(values: Column) -> Column:
    return _zigzag(np.diff(np.diff(values, prepend=np.int64(0)), prepend=np.int64(0)))


def _zigzag(values: Column) -> Column:
    return (values << 1) ^ (values >> 63)


def _unzigzag(values: Column) -> Column:
    return (values.view(np.uint64) >> np.uint64(1)).astype(np.int64) ^ -(values & 1)


def _planes(values: Column) -> bytes:
    return np.ascontiguousarray(values.astype("<i8").view(np.uint8).reshape(-1, 8).T).tobytes()
