"""Put received files into the tables: the rows of a whole request with a fixed number of statements."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model

from hearthline.audit.services import record_each
from hearthline.foundation.blobs import BlobRef
from hearthline.foundation.database import pipelined
from hearthline.foundation.events import publish
from hearthline.foundation.ids import new_id
from hearthline.foundation.rows import insert_rows
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom import rules
from hearthline.imaging.dicom.events import InstancesStored, StudyHeld
from hearthline.imaging.dicom.models import Hold, Instance, Series, Study
from hearthline.imaging.dicom.reading import Read
from hearthline.imaging.dicom.services.identities import Verdict, identifier_index, identity_index
from hearthline.imaging.dicom.services.recent import Recent, SeriesKey, StudyKey

# Written out, since an association needs them for each of its objects.
SAME_UIDS = (
    "SELECT sop_uid, series_id, sha256 FROM dicom_instance WHERE organization_id = %s AND sop_uid = ANY(%s)"
)
ADD_TO = {
    "series": "UPDATE dicom_series SET instance_count = instance_count + %s WHERE id = ANY(%s)",
    "study": "UPDATE dicom_study SET instance_count = instance_count + %s, series_count = series_count + %s"
    " WHERE id = ANY(%s)",
}


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
class File:
    """A file on its way in: what it says, where its bytes are, and whose it is."""

    read: Read
    attributes: dict[str, Any]
    blob: BlobRef
    verdict: Verdict
    outcome: Outcome = field(default_factory=Outcome)

    def text(self, tag: str) -> str:
        """Return the text of an attribute."""
        return rules.text(self.attributes, tag)

    @property
    def study_uid(self) -> str:
        """The study that the file says it is of."""
        return self.text("0020000D")


def outcome_of(attributes: dict[str, Any], **facts: Any) -> Outcome:
    """Return an outcome that names its object."""
    return Outcome(
        sop_uid=rules.text(attributes, "00080018"),
        sop_class_uid=rules.text(attributes, "00080016"),
        study_uid=rules.text(attributes, "0020000D"),
        series_uid=rules.text(attributes, "0020000E"),
        **facts,
    )


def lock_studies(organization_id: UUID, study_uids: Iterable[str]) -> None:
    """Let those who change what stands in these studies go one after another, in every process.

    The locks are taken in one order, so that two who want several never wait for each other.
    """
    names = sorted(f"{organization_id}|{uid}" for uid in set(study_uids))
    numbers = [
        int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True) for name in names
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(n) FROM unnest(%s::bigint[]) AS n", [sorted(numbers)])


class Filing:
    """The rows of one request in the making."""

    def __init__(
        self,
        actor: Actor,
        files: Collection[File],
        source: str,
        *,
        recent: Recent | None = None,
        is_announced: bool = True,
    ) -> None:
        self.actor, self.organization_id = actor, actor.organization_id
        self.files, self.source, self.is_announced = files, source, is_announced
        self.recent = recent
        self.studies: dict[StudyKey, Study] = dict(recent.studies) if recent else {}
        self.series: dict[SeriesKey, Series] = dict(recent.series) if recent else {}
        self.fresh: dict[type[Model], list[Any]] = {Study: [], Series: [], Instance: [], Hold: []}
        self.added_to_series: dict[UUID, int] = {}
        self.added_to_study: dict[UUID, int] = {}
        self.conflicting: set[str] = set()

    def save(self) -> None:
        """Write everything; the caller's transaction makes it all or nothing."""
        with pipelined():
            lock_studies(self.organization_id, (file.study_uid for file in self.files))
            self._find_series()
            self._find_studies()
            self._make_series()
            self._add_instances()
            self._count()
            if self.conflicting:
                Instance.objects.filter(sop_uid__in=self.conflicting).update(is_conflicting=True)
            for rows in self.fresh.values():
                insert_rows(rows)
            self._record()
        self._tell()
        if self.recent is not None:
            self.recent.studies.update(self.studies)
            self.recent.series.update(self.series)

    def _key_of(self, file: File) -> StudyKey:
        """A study belongs to a patient or, held, to what the header says of a person."""
        if not file.verdict.is_held and file.verdict.patient is not None:
            return file.study_uid, file.verdict.patient.pk, None
        return file.study_uid, None, identity_index(self.organization_id, rules.identity_of(file.attributes))

    def _find_series(self) -> None:
        """Find the series that are there, and with them their studies: most files come to one that has others."""
        if all(self._is_placed(file) for file in self.files):
            return
        uids = {file.text("0020000E") for file in self.files}
        known = Series.objects.filter(
            study__study_uid__in={file.study_uid for file in self.files}, series_uid__in=uids
        )
        for series in known.select_related("study"):
            self.series[series.study_id, series.series_uid] = series
            self.studies[_key(series.study)] = series.study

    def _is_placed(self, file: File) -> bool:
        study = self.studies.get(self._key_of(file))
        return study is not None and (study.pk, file.text("0020000E")) in self.series

    def _find_studies(self) -> None:
        missing = [file for file in self.files if self._key_of(file) not in self.studies]
        if missing:
            for study in Study.objects.filter(study_uid__in={file.study_uid for file in missing}):
                self.studies.setdefault(_key(study), study)
        for file in missing:
            key = self._key_of(file)
            if key not in self.studies:
                self.studies[key] = self._new_study(file)

    def _new_study(self, file: File) -> Study:
        identity = rules.identity_of(file.attributes)
        is_held = file.verdict.is_held
        study = Study(
            organization_id=self.organization_id,
            patient=None if is_held else file.verdict.patient,
            identity_index=identity_index(self.organization_id, identity),
            patient_identifier_index=identifier_index(self.organization_id, identity.identifier),
            **rules.study_columns(file.attributes),
        )
        self.fresh[Study].append(study)
        if is_held:
            hold = Hold(
                organization_id=self.organization_id,
                study=study,
                expected_patient=file.verdict.patient,
                differences=list(file.verdict.differences),
            )
            self.fresh[Hold].append(hold)
        return study

    def _make_series(self) -> None:
        for file in self.files:
            study = self.studies[self._key_of(file)]
            if (study.pk, file.text("0020000E")) not in self.series:
                columns = rules.series_columns(file.attributes)
                series = Series(organization_id=self.organization_id, study=study, **columns)
                self.fresh[Series].append(series)
                self.series[study.pk, series.series_uid] = series

    def _add_instances(self) -> None:
        """Make the rows to add; the same UID with other bytes is kept too, and both are marked."""
        known: dict[str, set[tuple[UUID, str]]] = {}
        uids = {file.text("00080018") for file in self.files}
        with connection.cursor() as cursor:
            cursor.execute(SAME_UIDS, [self.organization_id, list(uids)])
            for uid, series_id, sha256 in cursor.fetchall():
                known.setdefault(uid, set()).add((series_id, sha256))
        for file in self.files:
            study = self.studies[self._key_of(file)]
            series = self.series[study.pk, file.text("0020000E")]
            self._add(file, study, series, known.setdefault(file.text("00080018"), set()))

    def _add(self, file: File, study: Study, series: Series, others: set[tuple[UUID, str]]) -> None:
        sha256, is_held = file.blob.sha256, study.patient_id is None
        is_new = (series.pk, sha256) not in others
        is_conflicting = any(digest != sha256 for _series, digest in others)
        file.outcome = outcome_of(
            file.attributes, is_held=is_held, is_conflicting=is_conflicting, is_new=is_new
        )
        if not is_new:
            return
        if is_conflicting:
            self.conflicting.add(file.text("00080018"))
            for row in self.fresh[Instance]:
                row.is_conflicting = row.is_conflicting or row.sop_uid == file.text("00080018")
        others.add((series.pk, sha256))
        self.added_to_series[series.pk] = self.added_to_series.get(series.pk, 0) + 1
        self.added_to_study[study.pk] = self.added_to_study.get(study.pk, 0) + 1
        self.fresh[Instance].append(
            Instance(
                id=new_id(),
                organization_id=self.organization_id,
                series=series,
                held_study=study if is_held else None,
                transfer_syntax=file.read.syntax,
                sha256=sha256,
                size=file.blob.size,
                frames=file.read.frames,
                bulk=file.read.bulk or {},
                metadata=file.read.metadata,
                is_conflicting=is_conflicting,
                source=self.source,
                **rules.instance_columns(file.attributes),
            )
        )

    def _count(self) -> None:
        """Give new rows their counts, and add to those of the rows that were there."""
        series_of: dict[UUID, int] = {}
        for series in self.fresh[Series]:
            series.instance_count = self.added_to_series.get(series.pk, 0)
            series_of[series.study_id] = series_of.get(series.study_id, 0) + 1
        fresh_series = {series.pk for series in self.fresh[Series]}
        grown = {pk: (count,) for pk, count in self.added_to_series.items() if pk not in fresh_series}
        _add_to("series", grown)
        fresh_studies = {study.pk for study in self.fresh[Study]}
        modalities: dict[UUID, set[str]] = {}
        for (study_id, _uid), series in self.series.items():
            modalities.setdefault(study_id, set()).add(series.modality)
        changed = {}
        for study in self.studies.values():
            counts = self.added_to_study.get(study.pk, 0), series_of.get(study.pk, 0)
            joined = rules.joined([*study.modalities, *modalities.get(study.pk, ())])
            if study.pk in fresh_studies:
                study.instance_count, study.series_count = counts
                study.modalities = joined
                continue
            if any(counts):
                changed[study.pk] = counts
            if joined != study.modalities:
                kept = Study.objects.values_list("modalities", flat=True).get(pk=study.pk)
                study.modalities = rules.joined([*kept, *joined])
                Study.objects.filter(pk=study.pk).update(modalities=study.modalities)
        _add_to("study", changed)

    def _changed(self) -> list[Study]:
        return [study for study in self.studies.values() if study.pk in self.added_to_study]

    def _record(self) -> None:
        held = [study for study in self._changed() if study.patient_id is None]
        shown = [study for study in self._changed() if study.patient_id is not None]
        record_each(self.actor, "imaging_study.held", [(study, None) for study in held])
        record_each(self.actor, "imaging_study.stored", [(study, study.patient_id) for study in shown])

    def _tell(self) -> None:
        facts = []
        for study in self._changed() if self.is_announced else ():
            if study.patient_id is None:
                continue
            count = self.added_to_study[study.pk]
            if self.recent is not None:
                count = self.recent.tells_now(study.pk, study.patient_id, count)
            if count:
                facts.append(stored(self.organization_id, study.pk, study.patient_id, count))
        holds = [
            StudyHeld(organization_id=self.organization_id, hold_id=hold.pk, study_id=hold.study_id)
            for hold in self.fresh[Hold]
        ]
        publish(*holds, *facts)


def stored(organization_id: UUID, study_id: UUID, patient_id: UUID, count: int) -> InstancesStored:
    """Return the fact that so many instances of a study are there to be looked at."""
    return InstancesStored(
        organization_id=organization_id, study_id=study_id, patient_id=patient_id, instance_count=count
    )


def _key(study: Study) -> StudyKey:
    return study.study_uid, study.patient_id, None if study.patient_id else bytes(study.identity_index)


def _add_to(table: str, added: Mapping[UUID, tuple[int, ...]]) -> None:
    """Add to the counts of rows, one statement for all that gain the same."""
    gains: dict[tuple[int, ...], list[UUID]] = {}
    for pk, counts in added.items():
        gains.setdefault(counts, []).append(pk)
    for counts, pks in gains.items():
        with connection.cursor() as cursor:
            cursor.execute(ADD_TO[table], [*counts, pks])
