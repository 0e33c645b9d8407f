"""Join studies that both records of one person have: a patient has a study once, and all its images stand there."""

from collections.abc import Iterator

from hearthline.directory.models import PatientMerge, PatientMergeMove
from hearthline.directory.services.merges import movable_references, move_and_remember, move_back
from hearthline.imaging.dicom.models import Instance, Series, Study
from hearthline.imaging.dicom.services.filing import lock_studies
from hearthline.imaging.dicom.services.retract import recount

MOVER = "dicom_move_rows"
SERIES_OF_IMAGE = "series_id"


def join(merge: PatientMerge) -> None:
    """Put what stands in a study of the duplicate under the survivor's study of the same UID.

    The very same file under both stays where it is too: the survivor has it.
    """
    for study, target in _pairs(merge):
        for model, column in movable_references(Study):
            move_and_remember(merge, model, column, study.pk, target.pk, mover=MOVER)
        for series in Series.objects.filter(study=study):
            _join_series(merge, series, Series.objects.get(study=target, series_uid=series.series_uid))
        recount(study)
        recount(target)


def _join_series(merge: PatientMerge, series: Series, twin: Series) -> None:
    there = set(Instance.objects.filter(series=twin).values_list("sop_uid", "sha256"))
    files = Instance.objects.filter(series=series).values_list("pk", "sop_uid", "sha256")
    moved = [pk for pk, sop_uid, sha256 in files if (sop_uid, sha256) not in there]
    Instance.objects.filter(pk__in=moved).update(series=twin)
    PatientMergeMove.objects.bulk_create(
        PatientMergeMove(
            organization_id=merge.organization_id,
            merge=merge,
            model_label=Instance._meta.label,
            column=SERIES_OF_IMAGE,
            row_id=pk,
        )
        for pk in moved
    )


def part(merge: PatientMerge) -> None:
    """Take it back: what a merge moved returns to the duplicate's study; what came since stays."""
    moved = merge.moves.filter(model_label=Instance._meta.label, column=SERIES_OF_IMAGE).values("row_id")
    for study, target in _pairs(merge):
        move_back(merge, Study, target.pk, study.pk, mover=MOVER)
        for series in Series.objects.filter(study=study):
            twins = Series.objects.filter(study=target, series_uid=series.series_uid)
            Instance.objects.filter(pk__in=moved, series__in=twins).update(series=series)
        recount(study)
        recount(target)


def _pairs(merge: PatientMerge) -> Iterator[tuple[Study, Study]]:
    """Yield each study of the duplicate of which the survivor has one too, and that one."""
    targets = {study.study_uid: study for study in Study.objects.filter(patient_id=merge.survivor_id)}
    found = Study.objects.filter(patient_id=merge.duplicate_id, study_uid__in=list(targets))
    studies = list(found.order_by("id"))
    lock_studies(merge.organization_id, [study.study_uid for study in studies])
    for study in studies:
        yield study, targets[study.study_uid]
