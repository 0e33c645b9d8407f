"""The vendored traces as arrays."""

import csv
import io
import lzma
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np

import hearthline.demo
from hearthline.monitoring.plots.glucose import Trace, cleaned
from hearthline.monitoring.plots.targets import Floats, Integers

DIRECTORY = Path(str(hearthline.demo.__file__)).parent / "data" / "cgm"
REAL = ("dm", "nodm", "pregnancy")
SIMULATED = tuple(f"adult{number:03d}" for number in range(1, 11))


def _time(text: str) -> int:
    if text.isdigit():
        return int(text) * 1_000_000
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000


@cache
def raw(name: str) -> tuple[Integers, Floats]:
    """Times and values as they stand in the file, missing values as NaN."""
    file = "simulated" if name in SIMULATED else name
    text = lzma.decompress((DIRECTORY / f"{file}.csv.xz").read_bytes()).decode()
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row.get("subject", name) == name]
    values = [float(row["glucose"]) if row["glucose"].strip() else np.nan for row in rows]
    return np.array([_time(row["time"]) for row in rows], dtype=np.int64), np.array(values)


def trace(name: str) -> Trace:
    """The same without what is no value."""
    return cleaned(*raw(name))
