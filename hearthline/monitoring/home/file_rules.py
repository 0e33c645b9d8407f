"""Exports of glucose services, understood from their own column names. Pure: text in, rows out.

Column shapes as the services' exports have them: Dexcom Clarity ("Timestamp (YYYY-MM-DDThh:mm:ss)", "Event Type",
"Glucose Value (mg/dL)"), LibreView ("Device Timestamp", "Record Type", "Historic Glucose mg/dL", "Scan …", "Strip …")
and Tidepool ("Zulu Time" or "Local Time", "Value", "Units"). Units come from the file, never from the size of a number.

``parse`` runs in the sandbox, where nothing can be loaded any more: all that decoding needs is imported here.
"""

import csv
import encodings.cp1252
import encodings.utf_8_sig
import encodings.utf_16  # noqa: F401
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from importlib import import_module
from itertools import islice
from typing import Any

from hearthline.foundation.sandbox.child import Refusal

import_module("_strptime")  # what datetime.strptime loads at its first call
MOST_ROWS = 60_000  # seven months of a sensor that measures every five minutes
HEADER_WITHIN = 15  # lines before the column names (name of the person, date of the export)
LONGEST_FIELD = 10_000
ENCODINGS = ("utf-8-sig", "utf-16", "cp1252")
MG_DL, MMOL_L = "mg/dL", "mmol/L"


class FileProblem(StrEnum):
    """Why a file cannot be taken at all."""

    NOT_TEXT = "not-text"
    UNKNOWN_SHAPE = "unknown-shape"
    NO_UNIT = "no-unit"
    TOO_MANY_ROWS = "too-many-rows"
    DAY_OR_MONTH = "day-or-month"


class RowProblem(StrEnum):
    """Why a row cannot be taken."""

    NO_TIME = "no-time"
    NO_NUMBER = "no-number"
    NO_UNIT = "no-unit"
    NO_SUCH_HOUR = "no-such-hour"


class FileRefusedError(Exception):
    """The file cannot be taken; ``problem`` says why."""

    def __init__(self, problem: FileProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True)
class Row:
    """One value of a file. ``at`` has a zone only if the file said so; ``special`` is "low", "high" or empty."""

    line: int
    at: datetime | None = None
    value: float = 0.0
    unit: str = ""
    special: str = ""
    problem: RowProblem | None = None


@dataclass(frozen=True)
class Shape:
    """A service's export: its name, the columns that tell it, and how a row is read."""

    name: str
    needed: tuple[str, ...]
    read: Callable[[dict[str, str], int, "Times"], Row | None]


def decoded(content: bytes) -> str:
    """Return the text of a file.

    Raises:
        FileRefusedError: it is no text (a spreadsheet or picture, say).
    """
    is_utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    if b"\0" in content and not is_utf16:
        raise FileRefusedError(FileProblem.NOT_TEXT)
    for encoding in ENCODINGS:
        if encoding == "utf-16" and not is_utf16:
            continue
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileRefusedError(FileProblem.NOT_TEXT)


class Times:
    """Reads local times of a file. Whether the day or the month comes first is learnt from the whole file."""

    FORMATS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")

    def __init__(self, texts: list[str], order: str) -> None:
        self.order = order or self._learnt(texts)

    @staticmethod
    def _learnt(texts: list[str]) -> str:
        """Return "day" or "month" first; nothing when no date of the file decides it."""
        for text in texts:
            first, second, _year = _parts(text) or (0, 0, 0)
            if first > 12 or second > 12:
                return "day" if first > 12 else "month"
            if first and text.strip()[-2:].upper() in ("AM", "PM"):
                return "month"
        return ""

    def read(self, text: str) -> datetime | None:
        """Return a time: ISO as it is, else day, month and year with a clock time."""
        text = text.strip()
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
        parts = _parts(text)
        if parts is None:
            return None
        if not self.order:
            raise FileRefusedError(FileProblem.DAY_OR_MONTH)
        first, second, year = parts
        day, month = (first, second) if self.order == "day" else (second, first)
        _date, _space, clock = text.partition(" ")
        for form in self.FORMATS:
            try:
                time = datetime.strptime(clock.strip(), form).time()  # noqa: DTZ007 - a clock time has no zone
                return datetime(year, month, day, time.hour, time.minute, time.second)  # noqa: DTZ001
            except ValueError:
                continue
        return None


def _parts(text: str) -> tuple[int, int, int] | None:
    date = text.strip().partition(" ")[0].replace("/", "-").replace(".", "-").split("-")
    if len(date) != 3 or not all(one.isdigit() for one in date) or len(date[2]) != 4:
        return None
    return int(date[0]), int(date[1]), int(date[2])


def _value(text: str, line: int, at: datetime | None, unit: str) -> Row:
    if at is None:
        return Row(line, problem=RowProblem.NO_TIME)
    word = text.strip().lower()
    if word in ("low", "lo", "high", "hi"):
        return Row(line, at, unit=unit, special="low" if word.startswith("lo") else "high")
    try:
        value = float(word.replace(",", "."))
    except ValueError:
        return Row(line, at, problem=RowProblem.NO_NUMBER)
    if not 0 < value < LONGEST_FIELD:
        return Row(line, at, problem=RowProblem.NO_NUMBER)
    return Row(line, at, value, unit)


def _unit_of(name: str) -> str:
    lower = name.lower()
    return MMOL_L if "mmol/l" in lower else MG_DL if "mg/dl" in lower else ""


def _dexcom(row: dict[str, str], line: int, times: Times) -> Row | None:
    if row.get("Event Type", "").strip() not in ("EGV", "Calibration"):
        return None
    column = next(name for name in row if name.startswith("Glucose Value"))
    time = next(name for name in row if name.startswith("Timestamp"))
    return _value(row[column], line, times.read(row[time]), _unit_of(column))


LIBRE_COLUMNS = {"0": "Historic Glucose", "1": "Scan Glucose", "2": "Strip Glucose"}


def _libre(row: dict[str, str], line: int, times: Times) -> Row | None:
    wanted = LIBRE_COLUMNS.get(row.get("Record Type", "").strip())
    column = next((name for name in row if wanted and name.startswith(wanted)), None)
    if column is None or not row[column].strip():
        return None
    return _value(row[column], line, times.read(row["Device Timestamp"]), _unit_of(column))


def _tidepool(row: dict[str, str], line: int, times: Times) -> Row | None:
    if not row["Value"].strip():
        return None
    unit = _unit_of(row["Units"])
    if not unit:
        return Row(line, problem=RowProblem.NO_UNIT)
    zulu = row.get("Zulu Time", "").strip()
    at = times.read(zulu or row.get("Local Time", ""))
    if at is not None and zulu and at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return _value(row["Value"], line, at, unit)


SHAPES = (
    Shape("Dexcom Clarity", ("Timestamp", "Event Type", "Glucose Value"), _dexcom),
    Shape("LibreView", ("Device Timestamp", "Record Type"), _libre),
    Shape("Tidepool", ("Value", "Units"), _tidepool),
)


def _shape_of(columns: list[str]) -> Shape | None:
    for shape in SHAPES:
        if all(any(column.startswith(name) for column in columns) for name in shape.needed):
            return shape
    return None


def _table(text: str) -> tuple[Shape, Iterator[tuple[int, dict[str, str]]], list[str]]:
    lines = text.splitlines()
    for place, line in enumerate(lines[:HEADER_WITHIN]):
        for separator in (",", ";", "\t"):
            columns = [one.strip() for one in next(csv.reader([line], delimiter=separator), [])]
            shape = _shape_of(columns)
            if shape is not None:
                return shape, _rows(lines, place, separator, columns), columns
    raise FileRefusedError(FileProblem.UNKNOWN_SHAPE)


def _rows(
    lines: list[str], place: int, separator: str, columns: list[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    body = io.StringIO("\n".join(lines[place + 1 :]))
    for number, cells in enumerate(csv.reader(body, delimiter=separator), place + 2):
        if any(cell.strip() for cell in cells):
            yield number, dict(zip(columns, [*cells, *[""] * len(columns)], strict=False))


def read_file(content: bytes, order: str = "") -> tuple[str, list[Row]]:
    """Return the service's name and the rows of an export. ``order``: "day", "month" first, or learnt.

    Raises:
        FileRefusedError: it is no text, no export we know, has no unit, too many rows, or undecided dates.
    """
    shape, table, columns = _table(decoded(content))
    rows = list(islice(table, MOST_ROWS + 1))
    if len(rows) > MOST_ROWS:
        raise FileRefusedError(FileProblem.TOO_MANY_ROWS)
    values = [name for name in columns if "Glucose" in name and "Rate" not in name]
    if shape.name != "Tidepool" and not any(_unit_of(name) for name in values):
        raise FileRefusedError(FileProblem.NO_UNIT)
    names = [name for name in columns if "Time" in name]
    times = Times([row[name] for _number, row in rows for name in names], order)
    read = [shape.read(row, number, times) for number, row in rows]
    return shape.name, [one for one in read if one is not None]


def parse(content: bytes, order: str = "") -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Return service and rows as the sandbox hands them back.

    Raises:
        Refusal: as ``FileRefusedError``.
    """
    try:
        service, rows = read_file(content, order)
    except FileRefusedError as refused:
        raise Refusal(refused.problem.value) from None
    except (csv.Error, ValueError):
        raise Refusal(FileProblem.NOT_TEXT.value) from None
    return {"service": service}, (json.dumps([_plain(row) for row in rows]).encode(),)


def _plain(row: Row) -> list[Any]:
    at = row.at.isoformat() if row.at is not None else ""
    return [row.line, at, row.value, row.unit, row.special, row.problem.value if row.problem else ""]


def row_of(plain: list[Any]) -> Row:
    """Return a row as ``parse`` wrote it."""
    line, at, value, unit, special, problem = plain
    moment = datetime.fromisoformat(at) if at else None
    return Row(line, moment, value, unit, special, RowProblem(problem) if problem else None)


def localized(rows: list[Row], zone: tzinfo) -> list[Row]:
    """Return the rows with moments: local times are the person's, in the order of the file.

    An hour that clocks skipped in spring is no time. Of the hour that came twice in autumn, the first is meant until
    the file goes back in time; then the second.
    """
    dated = [row.at.replace(tzinfo=None) for row in rows if row.at is not None]
    is_backward = len(dated) > 1 and dated[0] > dated[-1]
    done: list[Row] = []
    last: datetime | None = None
    fold = 0
    for row in reversed(rows) if is_backward else rows:
        if row.at is None or row.at.tzinfo is not None:
            done.append(row)
            continue
        went_back = last is not None and row.at < last
        last = row.at
        first, second = (row.at.replace(tzinfo=zone, fold=one) for one in (0, 1))
        if first.utcoffset() == second.utcoffset():
            fold = 0
            done.append(replace(row, at=first))
        elif first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != row.at:
            done.append(replace(row, problem=RowProblem.NO_SUCH_HOUR))
        else:
            fold = 1 if went_back else fold
            done.append(replace(row, at=(first, second)[fold]))
    return done
