"""What a header says in the terms of our columns, and whether it speaks of the expected patient. Pure functions."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hearthline.directory.names import fold, tokens

Json = Mapping[str, Any]
SEX_OF_CODE = {"M": "M", "F": "F"}  # others say nothing that could differ
TEXT_LENGTH = 64
NAME_LENGTH = 324


@dataclass(frozen=True)
class Identity:
    """Who a header says it is about. Empty: not said."""

    name: str = ""
    identifier: str = ""
    birth_date: date | None = None
    sex: str = ""


@dataclass(frozen=True)
class Person:
    """Who a patient's record says the person is. ``is_known_by``: the header's number is one of this patient's."""

    names: str
    birth_date: date
    sex: str
    is_known_by: bool = False
    is_other_known_by: bool = False


def differences(header: Identity, person: Person) -> list[str]:
    """Return what in a header speaks against this person; nothing: the images may be shown as theirs.

    A number that nobody here has is no difference: every clinic has its own. Without a name and a birth date, only a
    number of this patient identifies (IHE Patient Information Reconciliation asks for two facts that agree).
    """
    found = []
    if header.name and not is_same_name(header.name, person.names):
        found.append("name")
    if header.birth_date is not None and header.birth_date != person.birth_date:
        found.append("birth_date")
    sex, other = SEX_OF_CODE.get(header.sex, ""), SEX_OF_CODE.get(person.sex, "")
    if sex and other and sex != other:
        found.append("sex")
    if person.is_other_known_by:
        found.append("identifier")
    if not person.is_known_by and (not header.name or header.birth_date is None):
        found.append("missing")
    return found


def is_same_name(header: str, names: str) -> bool:
    """Return whether two names have the same words, in any order; missing middle names are allowed."""
    ours = tokens(names)
    for form in header.split("="):
        theirs = tokens(form.replace("^", " "))
        if theirs and ours and (theirs <= ours or ours <= theirs) and len(theirs & ours) >= min(2, len(ours)):
            return True
    return False


def folded(name: str) -> str:
    """Return the form in which names are searched."""
    return fold(name.replace("^", " ").replace("=", " "))[:NAME_LENGTH]


def first(attributes: Json, tag: str) -> Any:
    """Return the first value of an attribute, or None."""
    values = attributes.get(tag, {}).get("Value")
    return values[0] if values else None


def text(attributes: Json, tag: str, length: int = TEXT_LENGTH) -> str:
    """Return the first value as text, without the letters that no column can hold."""
    value = first(attributes, tag)
    return "" if value is None else str(value).replace("\0", "").strip()[:length]


def whole_number(attributes: Json, tag: str) -> int | None:
    """Return the first value as a whole number that fits a column, or None."""
    value = first(attributes, tag)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) >= 2**31:
        return None
    return int(value)


def day(attributes: Json, tag: str) -> date | None:
    """Return the first value as a date, or None where it is none (ranges, 00000000)."""
    value = re.sub(r"[.\-]", "", text(attributes, tag))
    try:
        return datetime.strptime(value, "%Y%m%d").date() if len(value) == 8 else None  # noqa: DTZ007 - a date
    except ValueError:
        return None


def person_name(attributes: Json, tag: str) -> str:
    """Return a person's name as DICOM writes it: parts by ``^``, scripts by ``=``."""
    value = first(attributes, tag)
    if not isinstance(value, Mapping):
        return ""
    forms = [str(value.get(form, "")) for form in ("Alphabetic", "Ideographic", "Phonetic")]
    return "=".join(forms).rstrip("=").replace("\0", "")[:NAME_LENGTH]


def identity_of(attributes: Json) -> Identity:
    """Return who a header says it is about."""
    return Identity(
        name=person_name(attributes, "00100010"),
        identifier=text(attributes, "00100020"),
        birth_date=day(attributes, "00100030"),
        sex=text(attributes, "00100040", 1),
    )


def study_columns(attributes: Json) -> dict[str, Any]:
    """Return the columns of a study, as this instance describes it."""
    identity = identity_of(attributes)
    return {
        "study_uid": text(attributes, "0020000D"),
        "patient_name": identity.name,
        "patient_name_folded": folded(identity.name),
        "patient_identifier": identity.identifier,
        "patient_birth_date": identity.birth_date,
        "patient_sex": identity.sex,
        "study_date": day(attributes, "00080020"),
        "study_time": text(attributes, "00080030", 16),
        "study_identifier": text(attributes, "00200010"),
        "accession_number": text(attributes, "00080050"),
        "referring_physician": person_name(attributes, "00080090"),
        "description": text(attributes, "00081030"),
    }


def series_columns(attributes: Json) -> dict[str, Any]:
    """Return the columns of a series."""
    return {
        "series_uid": text(attributes, "0020000E"),
        "modality": text(attributes, "00080060", 16),
        "number": whole_number(attributes, "00200011"),
        "description": text(attributes, "0008103E"),
        "body_part": text(attributes, "00180015"),
        "laterality": text(attributes, "00200060", 16),
        "performed_date": day(attributes, "00400244"),
        "performed_time": text(attributes, "00400245", 16),
    }


def instance_columns(attributes: Json) -> dict[str, Any]:
    """Return the columns of an instance."""
    return {
        "sop_uid": text(attributes, "00080018"),
        "sop_class_uid": text(attributes, "00080016"),
        "number": whole_number(attributes, "00200013"),
        "rows": whole_number(attributes, "00280010"),
        "columns": whole_number(attributes, "00280011"),
        "bits_allocated": whole_number(attributes, "00280100"),
        "frame_count": max(1, whole_number(attributes, "00280008") or 1),
    }


@dataclass(frozen=True)
class Spacing:
    """Millimetres between rows and columns; ``where``: in the "patient", at the "detector", or "" if unknown."""

    row_mm: float = 0.0
    column_mm: float = 0.0
    where: str = ""


def spacing_of(attributes: Json) -> Spacing:
    """Return how far pixels are apart. Zero, negative or missing: unknown, and nothing may be measured in millimetres.

    PixelSpacing (0028,0030) of a projection is calibrated only when the header says so (PS3.3 10.7.1.3); of a
    cross-section it is in the patient. Otherwise ImagerPixelSpacing (0018,1164), at the detector.
    """
    found = _pair(attributes, "00280030")
    if found is not None:
        is_calibrated = bool(first(attributes, "00280A02")) or text(attributes, "00080060") in CROSS_SECTIONS
        return Spacing(*found, "patient" if is_calibrated else "detector")
    shared = first(attributes, "52009229") or {}
    measures = first(shared, "00289110") or {}
    found = _pair(measures, "00280030")
    if found is not None:
        return Spacing(*found, "patient")
    found = _pair(attributes, "00181164")
    return Spacing() if found is None else Spacing(*found, "detector")


CROSS_SECTIONS = frozenset({"CT", "MR", "PT", "NM"})


def _pair(attributes: Json, tag: str) -> tuple[float, float] | None:
    values = attributes.get(tag, {}).get("Value") or []
    if len(values) < 2 or not all(isinstance(value, int | float) and value > 0 for value in values[:2]):
        return None
    return float(values[0]), float(values[1])


def joined(modalities: Iterable[str]) -> list[str]:
    """Return the modalities of a study's series, each once."""
    return sorted({modality for modality in modalities if modality})
