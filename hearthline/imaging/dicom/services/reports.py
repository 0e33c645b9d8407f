"""A signed answer beside the images that it is about: a structured report, and the list of its key images.

The report is an Enhanced SR (PS3.3 A.35.2); the list a Key Object Selection (PS3.3 A.35.4, template TID 2010), by which
a viewer that reads no reports still leads to the images under the signature.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pydicom
from django.db.models import Q
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import UID

from hearthline.directory.models import Patient
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.models import Instance, Study
from hearthline.imaging.dicom.parsing.syntaxes import EXPLICIT_LITTLE
from hearthline.imaging.dicom.rules import Identity
from hearthline.imaging.dicom.services.export import of_patient, uid_of
from hearthline.imaging.dicom.services.filing import Outcome
from hearthline.imaging.dicom.services.identities import judge
from hearthline.imaging.dicom.services.receive import receive

ENHANCED_SR = "1.2.840.10008.5.1.4.1.1.88.22"
KEY_OBJECTS = "1.2.840.10008.5.1.4.1.1.88.59"
SOURCE = "Reports"
SERIES_NUMBER = "9000"  # behind the images of a study
KEY_SERIES_NUMBER = "9001"
FILED_SERIES = Q(modality="SR", number=int(SERIES_NUMBER)) | Q(modality="KO", number=int(KEY_SERIES_NUMBER))
NAME_LENGTH = 64
Code = tuple[str, str, str]
# DICOM's own codes (PS3.16 annex D) for the headings of a report; the title is LOINC's.
TITLE: Code = ("11488-4", "LN", "Consult note")
REQUEST: Code = ("121062", "DCM", "Request")
SECTIONS: dict[str, tuple[Code, Code]] = {
    "findings": (("121070", "DCM", "Findings"), ("121071", "DCM", "Finding")),
    "assessment": (("121072", "DCM", "Impressions"), ("121073", "DCM", "Impression")),
    "plan": (("121074", "DCM", "Recommendations"), ("121075", "DCM", "Recommendation")),
}
OF_INTEREST: Code = ("113000", "DCM", "Of Interest")
KEY_IMAGES: Code = ("121180", "DCM", "Key Images")
OBSERVER_TYPE: Code = ("121005", "DCM", "Observer Type")
PERSON: Code = ("121006", "DCM", "Person")
OBSERVER_NAME: Code = ("121008", "DCM", "Person Observer Name")
ORGANIZATION_NAME: Code = ("121009", "DCM", "Person Observer's Organization Name")


@dataclass(frozen=True)
class Report:
    """What was signed. ``texts`` by the names of ``SECTIONS``; ``case_id`` joins the reports of one question."""

    id: UUID
    case_id: UUID
    question: str
    texts: dict[str, str]
    author: str
    organization: str
    signed_at: datetime
    is_final: bool
    earlier: Sequence[UUID] = ()


def series_uid_of(case_id: UUID) -> str:
    """Return the UID of the series in which the reports of one question stand."""
    return uid_of(case_id) + ".9"


def key_series_uid_of(case_id: UUID) -> str:
    """Return the UID of the series in which the lists of key images of one question stand."""
    return uid_of(case_id) + ".10"


def file_report(
    actor: Actor, *, patient: Patient, report: Report, images: Sequence[Instance]
) -> list[Outcome]:
    """Put a report and its key images into the study of the first of these, where whoever may see them finds both.

    Filed twice it is there once. Without images there is nothing it could stand beside: nothing is filed.
    """
    if not images:
        return []
    files = report_file(patient, report, images), key_file(patient, report, images)
    content = b"".join(files)
    return receive(
        actor,
        content=content,
        view=memoryview(content),
        spans=[(0, len(files[0])), (len(files[0]), len(files[1]))],
        expected=patient,
        source=SOURCE,
        is_announced=False,
    )


def report_file(patient: Patient, report: Report, images: Sequence[Instance]) -> bytes:
    """Return the report as a file of the first image's study."""
    data = _file(ENHANCED_SR, uid_of(report.id), patient, images[0].series.study)
    _series(data, "SR", SERIES_NUMBER, series_uid_of(report.case_id), "Answer of a specialist")
    _document(data, report, images)
    _verification(data, report)
    _content(data, report, images)
    return _written(data)


def key_file(patient: Patient, report: Report, images: Sequence[Instance]) -> bytes:
    """Return the list of the images under a report's signature as a file of the first one's study."""
    data = _file(KEY_OBJECTS, f"{uid_of(report.id)}.1", patient, images[0].series.study)
    _series(data, "KO", KEY_SERIES_NUMBER, key_series_uid_of(report.case_id), "Key images of an answer")
    _document(data, report, images)
    template = Dataset()
    template.MappingResource, template.TemplateIdentifier = "DCMR", "2010"
    data.ContentTemplateSequence = [template]
    data.ValueType, data.ContinuityOfContent = "CONTAINER", "SEPARATE"
    data.ConceptNameCodeSequence = [_code(OF_INTEREST)]
    data.ContentSequence = [*_observer(report), *_shown(images)]
    return _written(data)


def _file(sop_class: str, sop_uid: str, patient: Patient, study: Study) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = UID(sop_class), UID(sop_uid)
    meta.TransferSyntaxUID = UID(EXPLICIT_LITTLE)
    data = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID, data.SOPInstanceUID = UID(sop_class), UID(sop_uid)
    for keyword, value in (_of_header(study) if _fits(study, patient) else of_patient(patient)).items():
        setattr(data, keyword, value)
    _study(data, study)
    return data


def _written(data: FileDataset) -> bytes:
    out = io.BytesIO()
    pydicom.dcmwrite(out, data, enforce_file_format=True)
    return out.getvalue()


def _fits(study: Study, patient: Patient) -> bool:
    """Return whether the study's header speaks of the patient, so that the report may say the same of them."""
    identity = Identity(
        study.patient_name, study.patient_identifier, study.patient_birth_date, study.patient_sex
    )
    return not judge(study.organization_id, identity, patient).is_held


def _of_header(study: Study) -> dict[str, str]:
    return {
        "PatientName": study.patient_name,
        "PatientID": study.patient_identifier,
        "PatientBirthDate": study.patient_birth_date.strftime("%Y%m%d") if study.patient_birth_date else "",
        "PatientSex": study.patient_sex,
    }


def _study(data: Dataset, study: Study) -> None:
    data.StudyInstanceUID = study.study_uid
    data.StudyDate = study.study_date.strftime("%Y%m%d") if study.study_date else ""
    data.StudyTime = study.study_time
    data.StudyID, data.AccessionNumber = study.study_identifier, study.accession_number
    data.ReferringPhysicianName = study.referring_physician


def _series(data: Dataset, modality: str, number: str, uid: str, description: str) -> None:
    data.Modality, data.SeriesNumber, data.SeriesInstanceUID = modality, number, uid
    data.SeriesDescription = description
    data.ReferencedPerformedProcedureStepSequence = []
    data.Manufacturer = "Hearthline"


def _document(data: Dataset, report: Report, images: Sequence[Instance]) -> None:
    data.InstanceNumber = str(len(report.earlier) + 1)
    data.ContentDate = report.signed_at.strftime("%Y%m%d")
    data.ContentTime = report.signed_at.strftime("%H%M%S")
    data.TimezoneOffsetFromUTC = report.signed_at.strftime("%z")
    data.CurrentRequestedProcedureEvidenceSequence = _evidence(images)


def _verification(data: Dataset, report: Report) -> None:
    data.CompletionFlag, data.VerificationFlag = "COMPLETE", "VERIFIED"
    data.PreliminaryFlag = "FINAL" if report.is_final else "PRELIMINARY"
    observer = Dataset()
    observer.VerifyingObserverName = _person(report.author)
    observer.VerifyingObserverIdentificationCodeSequence = []
    observer.VerifyingOrganization = report.organization[:NAME_LENGTH]
    observer.VerificationDateTime = report.signed_at.strftime("%Y%m%d%H%M%S%z")
    data.VerifyingObserverSequence = [observer]
    data.PerformedProcedureCodeSequence = []
    if report.earlier:
        data.PredecessorDocumentsSequence = [_predecessors(data, report.earlier)]


def _evidence(images: Sequence[Instance]) -> list[Dataset]:
    """Return the images by study and series, as the document names its evidence."""
    series: dict[tuple[str, str], list[Dataset]] = {}
    for image in images:
        place = image.series.study.study_uid, image.series.series_uid
        series.setdefault(place, []).append(_reference(image))
    studies: dict[str, list[Dataset]] = {}
    for (study_uid, series_uid), references in series.items():
        one = Dataset()
        one.SeriesInstanceUID, one.ReferencedSOPSequence = series_uid, references
        studies.setdefault(study_uid, []).append(one)
    found = []
    for study_uid, members in studies.items():
        item = Dataset()
        item.StudyInstanceUID, item.ReferencedSeriesSequence = study_uid, members
        found.append(item)
    return found


def _reference(image: Instance) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = image.sop_class_uid, image.sop_uid
    return item


def _predecessors(data: Dataset, earlier: Sequence[UUID]) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID, series.ReferencedSOPSequence = data.SeriesInstanceUID, []
    for one in earlier:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = ENHANCED_SR, uid_of(one)
        series.ReferencedSOPSequence.append(item)
    study = Dataset()
    study.StudyInstanceUID, study.ReferencedSeriesSequence = data.StudyInstanceUID, [series]
    return study


def _content(data: Dataset, report: Report, images: Sequence[Instance]) -> None:
    data.ValueType, data.ContinuityOfContent = "CONTAINER", "SEPARATE"
    data.ConceptNameCodeSequence = [_code(TITLE)]
    parts = _observer(report)
    if report.question.strip():
        parts.append(_text(REQUEST, report.question))
    for section, (heading, concept) in SECTIONS.items():
        if report.texts.get(section, "").strip():
            parts.append(_container(heading, [_text(concept, report.texts[section])]))
    data.ContentSequence = [*parts, _container(KEY_IMAGES, _shown(images))]


def _observer(report: Report) -> list[Dataset]:
    """Return who answered, as the context of what follows."""
    kind = _item("HAS OBS CONTEXT", "CODE", OBSERVER_TYPE)
    kind.ConceptCodeSequence = [_code(PERSON)]
    name = _item("HAS OBS CONTEXT", "PNAME", OBSERVER_NAME)
    name.PersonName = _person(report.author)
    if not report.organization:
        return [kind, name]
    return [kind, name, _text(ORGANIZATION_NAME, report.organization, "HAS OBS CONTEXT")]


def _shown(images: Sequence[Instance]) -> list[Dataset]:
    shown = []
    for image in images:
        one = _item("CONTAINS", "IMAGE", None)
        one.ReferencedSOPSequence = [_reference(image)]
        shown.append(one)
    return shown


def _item(relationship: str, kind: str, concept: Code | None) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = relationship, kind
    if concept is not None:
        item.ConceptNameCodeSequence = [_code(concept)]
    return item


def _text(concept: Code, words: str, relationship: str = "CONTAINS") -> Dataset:
    item = _item(relationship, "TEXT", concept)
    item.TextValue = words.replace("\r\n", "\n").replace("\n", "\r\n")
    return item


def _container(concept: Code, members: list[Dataset]) -> Dataset:
    item = _item("CONTAINS", "CONTAINER", concept)
    item.ContinuityOfContent, item.ContentSequence = "SEPARATE", members
    return item


def _code(code: Code) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code
    return item


def _person(name: str) -> str:
    """Return a name that we keep as one text as DICOM writes names: nobody knows its parts, so it is the first."""
    return name.replace("^", " ").replace("=", " ").replace("\\", " ")[: NAME_LENGTH - 1] + "^"
