"""Phantoms: images that are drawn by us and are nobody's, as DICOM, received through the door that machines use."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid5

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from hearthline.demo.clinic import Clinic
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.models import Study
from hearthline.imaging.dicom.services.export import uid_of
from hearthline.imaging.dicom.services.receive import receive
from hearthline.tenancy.context import acting_in

Pixels = NDArray[np.float64]
SEED = 20261129
PATIENTS = 12
SLICES = 8
CHEST, CT = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.2"
SOURCE = "Demo phantoms"
SEX_CODES = {"M": "M", "F": "F"}


@dataclass(frozen=True)
class Shot:
    """One image of a phantom: what its header says beside the patient."""

    sop_class: str
    modality: str
    description: str
    body_part: str
    view: str
    pixels: Pixels
    number: int = 1
    is_inverted: bool = False
    window: tuple[float, float] = (2048.0, 4096.0)


def fill_images(clinic: Clinic, patients: list[Patient]) -> int:
    """Give some patients a chest and a series of sections, unless they are there; return how many studies are new."""
    added = 0
    with acting_in(clinic.organization.id):
        actor = Actor.system(clinic.organization.id, SOURCE)
        for place, patient in enumerate(patients[:PATIENTS]):
            for name, shots, days in (
                ("chest", chest(place), 20 + place),
                ("prior", chest(place + 100), 400 + place),
            ):
                added += _receive(actor, patient, name, list(shots), days)
            if place % 3 == 0:
                added += _receive(actor, patient, "sections", list(sections(place)), 45 + place)
        # One came with another person's name on it: somebody has to decide.
        stray = next(iter(chest(7)))
        file = _file(patients[1], "stray", stray, clock.now().date() - timedelta(days=1))
        if not Study.objects.filter(study_uid=file.StudyInstanceUID).exists():
            _take(actor, patients[0], [file])
    return added


def _receive(actor: Actor, patient: Patient, name: str, shots: list[Shot], days: int) -> int:
    taken_on = clock.now().date() - timedelta(days=days)
    files = [_file(patient, name, shot, taken_on) for shot in shots]
    if Study.objects.filter(study_uid=files[0].StudyInstanceUID).exists():
        return 0
    _take(actor, patient, files)
    return 1


def _take(actor: Actor, patient: Patient, files: list[FileDataset]) -> None:
    spans, content = [], io.BytesIO()
    for file in files:
        begin = content.tell()
        out = io.BytesIO()
        pydicom.dcmwrite(out, file, enforce_file_format=True)
        content.write(out.getvalue())
        spans.append((begin, content.tell() - begin))
    whole = content.getvalue()
    receive(actor, content=whole, view=memoryview(whole), spans=spans, expected=patient, source=SOURCE)


def _file(patient: Patient, name: str, shot: Shot, taken_on: date) -> FileDataset:
    study, series = (uid_of(uuid5(patient.pk, f"{name}-{part}")) for part in ("study", "series"))
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = UID(shot.sop_class)
    meta.MediaStorageSOPInstanceUID = UID(uid_of(uuid5(patient.pk, f"{name}-{shot.number}")))
    data = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    data.SpecificCharacterSet = "ISO_IR 192"
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID = study, series
    data.PatientName = f"{patient.family_name}^{patient.given_names}"
    data.PatientID = f"PH-{str(patient.pk)[-6:]}"
    data.PatientBirthDate = patient.birth_date.strftime("%Y%m%d")
    data.PatientSex = SEX_CODES.get(patient.sex_at_birth, "")
    data.StudyDate = data.SeriesDate = taken_on.strftime("%Y%m%d")
    data.StudyTime = "093000"
    data.Modality, data.StudyDescription, data.SeriesDescription = shot.modality, shot.description, shot.view
    data.BodyPartExamined = shot.body_part
    data.ReferringPhysicianName, data.Manufacturer = "", SOURCE
    data.SeriesNumber, data.InstanceNumber, data.AccessionNumber, data.StudyID = 1, shot.number, "", ""
    data.ImageComments = "Phantom drawn by a program; no person's image"
    _picture(data, shot)
    return data


def _picture(data: FileDataset, shot: Shot) -> None:
    values = np.clip(shot.pixels, 0, 4095).astype("<u2")
    data.Rows, data.Columns = values.shape
    data.SamplesPerPixel, data.BitsAllocated, data.BitsStored, data.HighBit = 1, 16, 12, 11
    data.PixelRepresentation = 0
    data.PhotometricInterpretation = "MONOCHROME1" if shot.is_inverted else "MONOCHROME2"
    data.WindowCenter, data.WindowWidth = shot.window
    if shot.modality == "CT":
        data.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
        data.PatientPosition, data.PositionReferenceIndicator = "HFS", ""
        data.FrameOfReferenceUID = f"{data.SeriesInstanceUID}.1"
        data.ImageOrientationPatient, data.ImagePositionPatient = [1, 0, 0, 0, 1, 0], [0, 0, 5 * shot.number]
        data.SliceThickness, data.KVP, data.AcquisitionNumber = 5, None, 1
        data.PixelSpacing = [0.8, 0.8]
        data.RescaleIntercept, data.RescaleSlope = -1024, 1
    else:
        data.ImageType, data.PatientOrientation = ["DERIVED", "SECONDARY"], ["L", "F"]
        data.ViewPosition, data.ImagerPixelSpacing = shot.view, [0.4, 0.4]
    data.PixelData = values.tobytes()


def _grid(rows: int, columns: int) -> tuple[Pixels, Pixels]:
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    return y, x


def _blob(y: Pixels, x: Pixels, centre: tuple[float, float], size: tuple[float, float]) -> Pixels:
    """Return a soft ellipse: 1 inside, 0 outside."""
    reach = ((y - centre[0]) / size[0]) ** 2 + ((x - centre[1]) / size[1]) ** 2
    soft: Pixels = 1 / (1 + np.exp(np.minimum((reach - 1) * 12, 60)))
    return soft


def chest(seed: int) -> Iterator[Shot]:
    """A chest as a plate sees it: body, lungs, heart, spine, ribs, noise. Dark lungs, as MONOCHROME1 stores them."""
    draw = np.random.default_rng(SEED + seed)
    y, x = _grid(640, 560)
    density = 0.62 * _blob(y, x, (0.15, 0), (1.2, 0.9))
    heart = 0.25 + 0.06 * draw.random()
    for side in (-1, 1):
        density -= 0.38 * _blob(y, x, (-0.05, 0.42 * side), (0.68, 0.3))
    density += 0.3 * _blob(y, x, (0.3, 0.1), (0.34, heart)) + 0.18 * _blob(y, x, (0, 0), (1.4, 0.07))
    for rib in range(9):
        line = y + 0.75 - 0.17 * rib - 0.28 * x**2
        density += 0.05 * np.exp(-((line / 0.018) ** 2)) * _blob(y, x, (0, 0), (0.95, 0.75))
    density += 0.01 * draw.standard_normal(density.shape)
    yield Shot(CHEST, "CR", "Chest phantom", "CHEST", "PA", (1 - density) * 4000, is_inverted=True)


def sections(seed: int) -> Iterator[Shot]:
    """A stack of sections through a phantom: skin, fat, organs, spine, and a small node that comes and goes."""
    draw = np.random.default_rng(SEED + 500 + seed)
    y, x = _grid(256, 256)
    for number in range(1, SLICES + 1):
        depth = (number - SLICES / 2) / SLICES
        body = _blob(y, x, (0, 0), (0.72 - depth**2, 0.9))
        values = 24 + 924 * body + 90 * _blob(y, x, (0, 0), (0.62 - depth**2, 0.8))
        values += 40 * _blob(y, x, (-0.05, -0.4), (0.35, 0.32)) + 700 * _blob(y, x, (0.42, 0), (0.13, 0.12))
        values += 60 * _blob(y, x, (-0.1, 0.4), (0.08 * (1 - abs(depth)), 0.08))
        values += 12 * draw.standard_normal(values.shape)
        yield Shot(CT, "CT", "Abdomen phantom", "ABDOMEN", "Sections", values, number, window=(40.0, 400.0))
