"""A study that arrived under both records of one person is one study afterwards, and two again when that was wrong."""

from django.urls import reverse
from pydicom.uid import generate_uid

from hearthline.directory.models import Patient
from hearthline.directory.services.merges import merge_patients, undo_merge
from hearthline.directory.tests.stage import make_patient
from hearthline.imaging.dicom.models import Study
from hearthline.imaging.dicom.services.grants import give
from hearthline.imaging.dicom.tests.stage import make_imaging, of_patient, sample, take, written
from tests.people import People


def shown_of(patient: Patient) -> list[tuple[int, int]]:
    """The series and images of each of a patient's studies that has any."""
    studies = Study.objects.filter(patient=patient, instance_count__gt=0).order_by("-instance_count")
    return [(study.series_count, study.instance_count) for study in studies]


def test_a_study_under_both_records_becomes_one_and_two_again(people: People) -> None:
    survivor = make_imaging(people).patient
    duplicate = make_patient(people, "Rosita", "Delgado")
    study_uid, series_uid, other_uid = (generate_uid() for _ in range(3))
    actor = people.physician.actor
    for patient, series, number in (
        (survivor, series_uid, 1),
        (duplicate, series_uid, 2),
        (duplicate, other_uid, 3),
        (duplicate, series_uid, 4),
    ):
        data = of_patient(sample(), patient, StudyInstanceUID=study_uid, SeriesInstanceUID=series)
        data.InstanceNumber = number
        take(actor, patient, written(data))
    double = Study.objects.get(patient=duplicate)
    grant = give(actor, holder=people.specialist.user.id, reason="Second look", studies=[double])
    nurse = people.nurse.actor
    merge = merge_patients(actor=nurse, survivor=survivor, duplicate=duplicate, reason="Same passport")
    assert shown_of(survivor) == [(2, 4)]
    assert shown_of(duplicate) == []
    root = reverse("dicom:grant_root", args=[grant.pk])
    assert len(people.specialist.client.get(f"{root}instances").json()) == 4
    undo_merge(actor=nurse, merge=merge, reason="Two sisters")
    assert shown_of(survivor) == [(1, 1)]
    assert shown_of(duplicate) == [(2, 3)]
    assert len(people.specialist.client.get(f"{root}instances").json()) == 3
