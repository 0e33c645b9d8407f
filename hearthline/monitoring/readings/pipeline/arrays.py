"""Columns of numpy as PostgreSQL arrays in the wire's own binary form: no Python object for a value."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

Column = np.ndarray[Any, np.dtype[Any]]
POSTGRES_EPOCH_US = 946_684_800_000_000  # 2000-01-01, from which the server counts


class BinaryArray:
    """A one-dimensional array without nulls: ``data`` as it goes over the wire."""

    array_oid = 0

    def __init__(self, data: bytes) -> None:
        self.data = data


class BigintArray(BinaryArray):
    array_oid = 1016


class IntegerArray(BinaryArray):
    array_oid = 1007


class SmallintArray(BinaryArray):
    array_oid = 1005


class RealArray(BinaryArray):
    array_oid = 1021


class TimestampArray(BinaryArray):
    array_oid = 1185


class UuidArray(BinaryArray):
    array_oid = 2951


class ByteaArray(BinaryArray):
    array_oid = 1001


class TextArray(BinaryArray):
    array_oid = 1009


def _wire(element_oid: int, size: int, values: Column) -> bytes:
    head = np.array([1, 0, element_oid, len(values), 1], dtype=">i4").tobytes()
    rows = np.empty(len(values), dtype=[("length", ">i4"), ("value", values.dtype)])
    rows["length"] = size
    rows["value"] = values
    return head + rows.tobytes()


def bigints(values: Column) -> BigintArray:
    """Return a ``bigint[]``."""
    return BigintArray(_wire(20, 8, values.astype(">i8")))


def integers(values: Column) -> IntegerArray:
    """Return an ``integer[]``."""
    return IntegerArray(_wire(23, 4, values.astype(">i4")))


def smallints(values: Column) -> SmallintArray:
    """Return a ``smallint[]``."""
    return SmallintArray(_wire(21, 2, values.astype(">i2")))


def reals(values: Column) -> RealArray:
    """Return a ``real[]``."""
    return RealArray(_wire(700, 4, values.astype(">f4")))


def timestamps(microseconds: Column) -> TimestampArray:
    """Return a ``timestamptz[]`` of microseconds since 1970 UTC."""
    return TimestampArray(_wire(1184, 8, (microseconds - POSTGRES_EPOCH_US).astype(">i8")))


def uuids(values: Sequence[UUID], places: Column) -> UuidArray:
    """Return a ``uuid[]`` of ``values[place]`` for each place."""
    table = np.frombuffer(b"".join(value.bytes for value in values), dtype="V16")
    return UuidArray(_wire(2950, 16, table[places]))


def _various(element_oid: int, values: Sequence[bytes]) -> bytes:
    head = np.array([1, 0, element_oid, len(values), 1], dtype=">i4").tobytes()
    lengths = np.array([len(value) for value in values], dtype=">i4").tobytes()
    pieces = [head]
    for place, value in enumerate(values):
        pieces += (lengths[4 * place : 4 * place + 4], value)
    return b"".join(pieces)


def byteas(values: Sequence[bytes]) -> ByteaArray:
    """Return a ``bytea[]``."""
    return ByteaArray(_various(17, values))


def texts(values: Sequence[str]) -> TextArray:
    """Return a ``text[]``."""
    return TextArray(_various(25, [value.encode() for value in values]))


def distinct_pairs(first: Column, second: Column) -> tuple[Column, Column, Column]:
    """Return the pairs that occur, as two columns, and for each row the place of its pair."""
    order = np.lexsort((second, first))
    ordered_first, ordered_second = first[order], second[order]
    is_head = np.ones(len(order), dtype=bool)
    is_head[1:] = (ordered_first[1:] != ordered_first[:-1]) | (ordered_second[1:] != ordered_second[:-1])
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.cumsum(is_head) - 1
    return ordered_first[is_head], ordered_second[is_head], places


def teach(cursor: psycopg.Cursor[Any]) -> None:
    """Let this cursor send the arrays above."""
    for kind, dumper in _DUMPERS:
        cursor.adapters.register_dumper(kind, dumper)


def _dumper(kind: type[BinaryArray]) -> type[Dumper]:
    def dump(_self: Dumper, value: BinaryArray) -> bytes:
        return value.data

    members = {"format": Format.BINARY, "oid": kind.array_oid, "dump": dump}
    return type(f"{kind.__name__}Dumper", (Dumper,), members)


_KINDS: Iterable[type[BinaryArray]] = (
    BigintArray,
    IntegerArray,
    SmallintArray,
    RealArray,
    TimestampArray,
    UuidArray,
    ByteaArray,
    TextArray,
)
_DUMPERS = tuple((kind, _dumper(kind)) for kind in _KINDS)
