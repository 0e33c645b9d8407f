"""Take DICOM files: read in the sandbox, kept as they came, put to their patient or held."""

import hashlib
import io
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation import blobs
from hearthline.foundation.blobs import BlobRef
from hearthline.foundation.events import publish
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom import rules
from hearthline.imaging.dicom.events import InstancesStored, StudyHeld
from hearthline.imaging.dicom.models import Hold, Instance, Series, Study
from hearthline.imaging.dicom.reading import Read, Span, read_headers
from hearthline.imaging.dicom.services.identities import (
    Verdict,
    identifier_index,
    identity_index,
    judge,
)

MAX_INSTANCE_BYTES = 1024 * 1024 * 1024
PREAMBLE = slice(0, 128)
MAGIC = slice(128, 132)
WRITERS = 4  # files are synced to the disk side by side: the disk, not the processor, is what is waited for
CONTENT_TYPE = "application/dicom"
_writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="dicom-files")


@dataclass(frozen=True)
class Outcome:
    """What became of one file. ``refused`` in one word; ``is_new`` False: it was there already."""

    refused: str = ""
    sop_uid: str = ""
    sop_class_uid: str = ""
    study_uid: str = ""
    series_uid: str = ""
    is_held: bool = False
    is_conflicting: bool = False
    is_new: bool = True


@dataclass
class _File:
    """A file on its way in."""

    read: Read
    attributes: dict[str, Any]
    blob: BlobRef
    verdict: Verdict
    outcome: Outcome = field(default_factory=Outcome)


def receive(
    actor: Actor,
    *,
    content: bytes | int,
    view: memoryview,
    spans: Sequence[Span],
    expected: Patient | None,
    source: str,
    study_uid: str = "",
) -> list[Outcome]:
    """Take the files that lie at ``spans`` (offset, length) of ``content``; ``view`` is the same bytes, mapped.

    ``expected``: the patient whose images these should be; None: the header has to say it. ``study_uid``: files of
    another study are refused. One transaction; each file is stored, held or refused by itself.
    """
    reads = read_headers(content, spans)
    taken = [index for index, read in enumerate(reads) if not read.refused]
    refs = list(_writers.map(lambda index: _keep(actor.organization_id, view, spans[index]), taken))
    outcomes = [Outcome(refused=read.refused) for read in reads]
    verdicts: dict[rules.Identity, Verdict] = {}
    files: dict[int, _File] = {}
    for index, blob in zip(taken, refs, strict=True):
        attributes = reads[index].attributes()
        if study_uid and rules.text(attributes, "0020000D") != study_uid:
            outcomes[index] = _outcome(attributes, refused="study")
            continue
        identity = rules.identity_of(attributes)
        if identity not in verdicts:
            verdicts[identity] = judge(actor.organization_id, identity, expected)
        files[index] = _File(reads[index], attributes, blob, verdicts[identity])
    with transaction.atomic():
        for group in _by_study(files.values()):
            _store_study(actor, group, source)
    for index, file in files.items():
        outcomes[index] = file.outcome
    return outcomes


def _keep(organization_id: UUID, view: memoryview, span: Span) -> BlobRef:
    """Store a file as it came, except its preamble, in which another kind of file could hide (PS3.10 7.1)."""
    offset, length = span
    content = view[offset : offset + length]
    if bytes(content[MAGIC]) == b"DICM" and any(content[PREAMBLE]):
        content = memoryview(bytes(PREAMBLE.stop) + bytes(content[PREAMBLE.stop :]))
    return blobs.store(organization_id, io.BytesIO(content), CONTENT_TYPE, max_bytes=MAX_INSTANCE_BYTES)


def _by_study(files: Iterable[_File]) -> list[list[_File]]:
    groups: dict[tuple[Any, ...], list[_File]] = {}
    for file in files:
        identity = rules.identity_of(file.attributes) if file.verdict.is_held else None
        patient = file.verdict.patient.pk if file.verdict.patient else None
        groups.setdefault((rules.text(file.attributes, "0020000D"), patient, identity), []).append(file)
    return [groups[key] for key in sorted(groups, key=lambda key: str(key[0]))]  # one order: no deadlock


def _store_study(actor: Actor, files: list[_File], source: str) -> None:
    study = _locked_study(actor, files[0])
    by_series: dict[str, list[_File]] = {}
    for file in files:
        by_series.setdefault(rules.text(file.attributes, "0020000E"), []).append(file)
    known = _known_instances(files)
    new_count = new_series = 0
    for series_uid in sorted(by_series):
        members = by_series[series_uid]
        series, is_new = Series.objects.get_or_create(
            organization_id=actor.organization_id,
            study=study,
            series_uid=series_uid,
            defaults=rules.series_columns(members[0].attributes),
        )
        added = _new_instances(study, series, members, known, source)
        Instance.objects.bulk_create(added)
        Series.objects.filter(pk=series.pk).update(instance_count=F("instance_count") + len(added))
        new_count += len(added)
        new_series += int(is_new)
    modalities = rules.joined(
        [*study.modalities, *(rules.text(file.attributes, "00080060", 16) for file in files)]
    )
    Study.objects.filter(pk=study.pk).update(
        instance_count=F("instance_count") + new_count,
        series_count=F("series_count") + new_series,
        modalities=modalities,
    )
    if new_count:
        _tell(actor, study, new_count)


def _locked_study(actor: Actor, file: _File) -> Study:
    """Return the study's row, made when it is not there, locked until the files are stored."""
    verdict, organization_id = file.verdict, actor.organization_id
    identity = rules.identity_of(file.attributes)
    index = identity_index(organization_id, identity)
    columns = rules.study_columns(file.attributes)
    key: dict[str, Any] = {"organization_id": organization_id, "study_uid": columns.pop("study_uid")}
    _lock(f"{organization_id}|{key['study_uid']}")
    if verdict.is_held:
        key |= {"patient": None, "identity_index": index}
    else:
        key |= {"patient": verdict.patient}
        columns["identity_index"] = index
    columns["patient_identifier_index"] = identifier_index(organization_id, identity.identifier)
    found = Study.objects.filter(**key).first()
    if found is not None:
        return found
    study = Study.objects.create(**key, **columns)
    if verdict.is_held:
        _hold(study, verdict)
    return study


def _lock(name: str) -> None:
    """Let those who store into one study go one after another, in every process."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _hold(study: Study, verdict: Verdict) -> None:
    hold = Hold.objects.create(
        organization_id=study.organization_id,
        study=study,
        expected_patient=verdict.patient,
        differences=list(verdict.differences),
    )
    publish(StudyHeld(organization_id=study.organization_id, hold_id=hold.pk, study_id=study.pk))


def _known_instances(files: Iterable[_File]) -> dict[str, set[tuple[UUID, str]]]:
    """Return, by UID, in which series and with which bytes an instance is there already."""
    uids = {rules.text(file.attributes, "00080018") for file in files}
    known: dict[str, set[tuple[UUID, str]]] = {}
    for uid, series_id, sha256 in Instance.objects.filter(sop_uid__in=uids).values_list(
        "sop_uid", "series_id", "sha256"
    ):
        known.setdefault(uid, set()).add((series_id, sha256))
    return known


def _new_instances(
    study: Study, series: Series, files: list[_File], known: dict[str, set[tuple[UUID, str]]], source: str
) -> list[Instance]:
    """Return the rows to add; the same UID with other bytes is kept too, and both are marked."""
    added: list[Instance] = []
    is_held = study.patient_id is None
    for file in files:
        uid, sha256 = rules.text(file.attributes, "00080018"), file.blob.sha256
        others = known.setdefault(uid, set())
        is_new = (series.pk, sha256) not in others
        is_conflicting = any(digest != sha256 for _series, digest in others)
        file.outcome = _outcome(
            file.attributes, is_held=is_held, is_conflicting=is_conflicting, is_new=is_new
        )
        if not is_new:
            continue
        if is_conflicting:
            Instance.objects.filter(sop_uid=uid).update(is_conflicting=True)
        others.add((series.pk, sha256))
        added.append(
            Instance(
                id=new_id(),
                organization_id=study.organization_id,
                series=series,
                held_study=study if is_held else None,
                transfer_syntax=file.read.syntax,
                sha256=sha256,
                size=file.blob.size,
                frames=file.read.frames,
                bulk=file.read.bulk or {},
                metadata=file.read.metadata,
                is_conflicting=is_conflicting,
                source=source,
                **rules.instance_columns(file.attributes),
            )
        )
    return added


def _outcome(attributes: dict[str, Any], **facts: Any) -> Outcome:
    return Outcome(
        sop_uid=rules.text(attributes, "00080018"),
        sop_class_uid=rules.text(attributes, "00080016"),
        study_uid=rules.text(attributes, "0020000D"),
        series_uid=rules.text(attributes, "0020000E"),
        **facts,
    )


def _tell(actor: Actor, study: Study, count: int) -> None:
    if study.patient_id is None:
        record(actor, "imaging_study.held", study)
        return
    record(actor, "imaging_study.stored", study, patient_id=study.patient_id)
    publish(
        InstancesStored(
            organization_id=study.organization_id,
            study_id=study.pk,
            patient_id=study.patient_id,
            instance_count=count,
        )
    )
