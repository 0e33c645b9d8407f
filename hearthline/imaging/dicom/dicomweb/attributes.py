"""The attributes by which QIDO-RS searches and which it returns: where each is kept, and how it is written."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydicom.datadict import tag_for_keyword

Json = dict[str, Any]


@dataclass(frozen=True)
class Attribute:
    """One attribute: its level, its column, how it is matched, and whether it is in every answer."""

    tag: str
    vr: str
    level: str
    column: str
    matching: str = "text"
    is_default: bool = True


STUDY, SERIES, INSTANCE = "studies", "series", "instances"
ATTRIBUTES = (
    Attribute("00080020", "DA", STUDY, "study_date", "date"),
    Attribute("00080030", "TM", STUDY, "study_time", "time"),
    Attribute("00080050", "SH", STUDY, "accession_number"),
    Attribute("00080061", "CS", STUDY, "modalities", "list"),
    Attribute("00080090", "PN", STUDY, "referring_physician", "name"),
    Attribute("00081030", "LO", STUDY, "description"),
    Attribute("00100010", "PN", STUDY, "patient_name", "name"),
    Attribute("00100020", "LO", STUDY, "patient_identifier", "identifier"),
    Attribute("00100030", "DA", STUDY, "patient_birth_date", "date"),
    Attribute("00100040", "CS", STUDY, "patient_sex"),
    Attribute("0020000D", "UI", STUDY, "study_uid", "uid"),
    Attribute("00200010", "SH", STUDY, "study_identifier"),
    Attribute("00201206", "IS", STUDY, "series_count", "number"),
    Attribute("00201208", "IS", STUDY, "instance_count", "number"),
    Attribute("00080060", "CS", SERIES, "modality"),
    Attribute("0008103E", "LO", SERIES, "description"),
    Attribute("00180015", "CS", SERIES, "body_part", is_default=False),
    Attribute("0020000E", "UI", SERIES, "series_uid", "uid"),
    Attribute("00200011", "IS", SERIES, "number", "number"),
    Attribute("00200060", "CS", SERIES, "laterality", is_default=False),
    Attribute("00201209", "IS", SERIES, "instance_count", "number"),
    Attribute("00400244", "DA", SERIES, "performed_date", "date"),
    Attribute("00400245", "TM", SERIES, "performed_time", "time"),
    Attribute("00080016", "UI", INSTANCE, "sop_class_uid", "uid"),
    Attribute("00080018", "UI", INSTANCE, "sop_uid", "uid"),
    Attribute("00083002", "UI", INSTANCE, "transfer_syntax", "uid"),
    Attribute("00200013", "IS", INSTANCE, "number", "number"),
    Attribute("00280008", "IS", INSTANCE, "frame_count", "number"),
    Attribute("00280010", "US", INSTANCE, "rows", "number"),
    Attribute("00280011", "US", INSTANCE, "columns", "number"),
    Attribute("00280100", "US", INSTANCE, "bits_allocated", "number"),
)
BY_TAG = {attribute.tag: attribute for attribute in ATTRIBUTES}
NAME_FORMS = ("Alphabetic", "Ideographic", "Phonetic")


def tag_of(name: str) -> str:
    """Return the tag of an attribute named by keyword or by tag; nothing if there is none."""
    if len(name) == 8:
        try:
            return f"{int(name, 16):08X}"
        except ValueError:
            pass
    found = tag_for_keyword(name)
    return "" if found is None else f"{found:08X}"


def written(attribute: Attribute, value: Any) -> Json:
    """Return a column's value as DICOM JSON."""
    if value in (None, "", []):
        return {"vr": attribute.vr}
    return {"vr": attribute.vr, "Value": WRITERS.get(attribute.vr, _plain)(value)}


def _plain(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _day(value: date) -> list[Any]:
    return [value.strftime("%Y%m%d")]


def _name(value: str) -> list[Any]:
    return [{form: part for form, part in zip(NAME_FORMS, value.split("="), strict=False) if part}]


WRITERS: dict[str, Callable[[Any], list[Any]]] = {"DA": _day, "PN": _name}
