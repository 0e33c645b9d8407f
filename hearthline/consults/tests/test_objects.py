"""What is given with a case: chosen from the record, seen by its reader wherever they are, named by the signature."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.urls import reverse

from hearthline.charting.results.events import ResultFiled
from hearthline.charting.results.tests.stage import nm
from hearthline.consults.dicom_report import file_answer
from hearthline.consults.models import Attachment, Consult, Opinion, Seen
from hearthline.consults.result_copies import read_copy
from hearthline.consults.services import assigning, attaching, reading
from hearthline.consults.subscribers import read_again, tell_of_newer_result
from hearthline.consults.tests.objects import make_capture, make_given, make_result, make_study, send_photo
from hearthline.consults.tests.stage import (
    MONDAY,
    CaseStage,
    answer,
    as_person,
    ask,
    ask_unassigned,
    begin_question,
    grant,
)
from hearthline.directory.tests.stage import watch_audit
from hearthline.foundation import clock
from hearthline.imaging.dicom.events import InstancesStored
from hearthline.imaging.dicom.models import Instance, Study
from hearthline.tenancy.context import acting_in


@pytest.fixture(autouse=True)
def kept_apart(settings: Any, tmp_path: Any) -> None:
    settings.HEARTHLINE_BLOB_DIRECTORY = tmp_path / "blobs"


def get(person: Any, name: str, *arguments: object, query: str = "") -> Any:
    return person.client.get(reverse(f"consults:{name}", args=arguments) + query)


def test_the_asker_chooses_from_the_record(stage: CaseStage) -> None:
    consult = begin_question(stage)
    things = {
        "photos": send_photo(stage, make_capture(stage)),
        "studies": make_study(stage),
        "results": make_result(stage),
    }
    for shelf, thing in things.items():
        page = reverse("consults:add", args=[consult.pk]) + f"?what={shelf}"
        assert str(thing.pk) in stage.asker.client.get(page).content.decode()
        assert stage.asker.client.post(page, {}).status_code == 422
        for _ in range(2):
            assert stage.asker.client.post(page, {"thing": str(thing.pk)}).status_code == 302
    assert sorted(consult.attachments.values_list("kind", flat=True)) == ["photo", "result", "study"]
    question = get(stage.asker, "question", consult.pk).content.decode()
    assert "Close up, Arm, Left" in question
    assert "Critically high" in question
    assert get(stage.people.specialist, "add", consult.pk).status_code == 404
    assert get(stage.people.stranger, "add", consult.pk).status_code == 404


def test_another_patients_things_are_not_there_to_choose(stage: CaseStage) -> None:
    consult = begin_question(stage)
    page = reverse("consults:add", args=[consult.pk])
    for shelf in ("photos", "studies", "results", "documents"):
        posted = stage.asker.client.post(f"{page}?what={shelf}", {"thing": str(UUID(int=7))})
        assert posted.status_code == 422
        assert stage.asker.client.post(f"{page}?what={shelf}", {"thing": "x"}).status_code == 404
    assert not consult.attachments.exists()


def test_a_reader_elsewhere_sees_what_was_given_and_signs_its_digests(
    stage: CaseStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = watch_audit(monkeypatch)
    consult, study, _report, _file = make_given(stage)
    photo, result = (consult.attachments.get(kind=kind) for kind in ("photo", "result"))
    root = f"/dicomweb/cases/{consult.pk}"
    with as_person(stage.outside) as actor:
        reading.begin(actor, consult=consult)
    shown = get(stage.outside, "case", consult.pk).content.decode()
    assert f"{root}/studies/{study.study_uid}/thumbnail" in shown
    assert "Critically high" in shown
    for name, arguments in {
        "form": (consult.pk, photo.pk, "thumbnail"),
        "photo": (consult.pk, photo.pk),
        "result": (consult.pk, result.pk),
        "study": (consult.pk, study.pk),
    }.items():
        assert get(stage.outside, name, *arguments).status_code == 200
        assert get(stage.people.stranger, name, *arguments).status_code == 404
    found = stage.outside.client.get(f"{root}/studies").json()
    assert [one["0020000D"]["Value"] for one in found] == [[study.study_uid]]
    assert stage.people.stranger.client.get(f"{root}/studies").status_code == 404
    with acting_in(consult.organization_id):
        image = Instance.objects.select_related("series").get(series__study=study)
    address = f"{root}/studies/{study.study_uid}/series/{image.series.series_uid}/instances/{image.sop_uid}"
    assert stage.outside.client.get(f"{address}/frames/1/rendered?viewport=200,200").status_code == 200
    draft_page = get(stage.outside, "answer", consult.pk).content.decode()
    assert "Close up, Arm, Left" in draft_page
    assert "seen small only" in draft_page
    signed = answer(consult, stage.outside)
    objects = {one["id"]: one for one in json.loads(signed.manifest)["objects"]}
    assert objects[str(image.pk)] == {
        "id": str(image.pk),
        "sha256": image.sha256,
        "size_bytes": image.size,
        "content_type": "application/dicom",
        "quality": "preview",
    }
    assert objects[str(photo.pk)]["quality"] == "thumbnail"
    assert objects[str(result.pk)]["quality"] == "original"
    elsewhere = stage.people.other_organization.name
    told = {one.action for one in written if one.patient_id and elsewhere in one.actor_name}
    assert {"consult.images_searched", "imaging_study.rendered.read", "consult.file_read"} <= told


def test_the_end_of_the_grant_closes_the_images_at_once(stage: CaseStage) -> None:
    consult, study, _report, _file = make_given(stage)
    photo = consult.attachments.get(kind="photo")
    doors = [
        f"/dicomweb/cases/{consult.pk}/studies",
        f"/dicomweb/cases/{consult.pk}/studies/{study.study_uid}/thumbnail",
        f"/dicomweb/patients/{consult.patient_id}/studies",
        reverse("consults:study", args=[consult.pk, study.pk]),
        reverse("consults:form", args=[consult.pk, photo.pk, "preview"]),
        reverse("consults:file", args=[consult.pk, photo.pk]),
    ]
    shut = {doors[2]}  # the patient's own root was never open
    assert {door for door in doors if stage.outside.client.get(door).status_code == 404} == shut
    with as_person(stage.outside):
        assert (Study.objects.count(), Instance.objects.count()) == (1, 1)
    with as_person(stage.people.navigator) as actor:
        assigning.end_grant(actor, grant=consult.grants.get(), reason="Answered at home")
    assert {stage.outside.client.get(door).status_code for door in doors} == {404}
    with as_person(stage.outside):
        assert (Study.objects.count(), Instance.objects.count()) == (0, 0)


def test_a_study_that_was_not_given_does_not_exist_for_the_reader(stage: CaseStage) -> None:
    consult, study, _report, _file = make_given(stage)
    other = make_study(stage)
    root = f"/dicomweb/cases/{consult.pk}/studies"
    assert stage.outside.client.get(f"{root}/{other.study_uid}/metadata").status_code == 404
    assert len(stage.outside.client.get(root).json()) == 1
    assert get(stage.outside, "study", consult.pk, other.pk).status_code == 404
    with as_person(stage.outside):
        assert set(Study.objects.values_list("pk", flat=True)) == {study.pk}


def test_images_that_come_after_the_answer_have_the_case_read_again(stage: CaseStage) -> None:
    consult = ask(stage)
    study = make_study(stage)
    attaching.attach_study(stage.asker.actor, consult=consult, study=study)
    answer(consult, stage.reader)
    event = InstancesStored(
        organization_id=consult.organization_id,
        study_id=study.pk,
        patient_id=consult.patient_id,
        instance_count=1,
    )
    read_again(event)
    assert Consult.objects.get(pk=consult.pk).status == "final"  # nothing is new
    make_study(stage, StudyInstanceUID=study.study_uid)
    read_again(event)
    reopened = Consult.objects.get(pk=consult.pk)
    assert (reopened.status, reopened.answered_at) == ("reading", None)
    assert "1 image came after the answer" in get(stage.reader, "case", consult.pk).content.decode()
    second = answer(reopened, stage.reader, Opinion.Kind.FINAL)
    assert len([one for one in json.loads(second.manifest)["objects"] if "dicom" in one["content_type"]]) == 2


def test_an_answer_beside_the_images_is_not_given_with_another_case(stage: CaseStage) -> None:
    """It stands in the study for whoever may see the record; a case shows what was given with it."""
    study = make_study(stage)
    first = ask(stage)
    attaching.attach_study(stage.asker.actor, consult=first, study=study)
    opinion = answer(first, stage.reader)
    file_answer(first.organization_id, opinion.pk)
    filed = Instance.objects.filter(series__study=study)
    assert filed.count() == 3  # the image, the answer and its key images
    second = ask_unassigned(stage, other_matter="The same film again")
    attaching.attach_study(stage.asker.actor, consult=second, study=study)
    grant(stage, second)
    with as_person(stage.outside):
        assert Instance.objects.count() == 1
    root = f"/dicomweb/cases/{second.pk}/studies/{study.study_uid}"
    assert len(stage.outside.client.get(f"{root}/instances").json()) == 1
    assert "came after the answer" not in get(stage.reader, "case", first.pk).content.decode()
    shown = get(stage.outside, "case", second.pk).content.decode()
    assert "1 image" in shown


def test_a_newer_version_of_a_result_is_told_to_the_asker(stage: CaseStage) -> None:
    consult = ask(stage)
    report = make_result(stage, nm("6.9", flag="HH"))
    attaching.attach_result(stage.asker.actor, consult=consult, report=report)
    event = ResultFiled(
        organization_id=consult.organization_id, report_id=report.pk, patient_id=consult.patient_id
    )
    tell_of_newer_result(event)
    assert "newer version" not in get(stage.asker, "case", consult.pk).content.decode()
    with clock.frozen(MONDAY + timedelta(hours=1)):
        make_result(stage, nm("5.0", status="C"), control="M2", status="C", issued="20261102101000-0600")
        tell_of_newer_result(event)
    assert "The laboratory sent a newer version" in get(stage.asker, "case", consult.pk).content.decode()
    with clock.frozen(MONDAY + timedelta(hours=2)):
        attaching.attach_result(stage.asker.actor, consult=consult, report=report)
    assert "newer version" not in get(stage.asker, "case", consult.pk).content.decode()


def test_what_is_added_after_the_answer_is_late_and_says_why(stage: CaseStage) -> None:
    consult = ask(stage)
    answer(consult, stage.reader)
    file = send_photo(stage, make_capture(stage))
    page = reverse("consults:add", args=[consult.pk]) + "?what=photos"
    assert stage.asker.client.post(page, {"thing": str(file.pk)}).status_code == 422
    words = {"thing": str(file.pk), "words": "A photo of today, it has changed"}
    assert stage.asker.client.post(page, words).status_code == 302
    assert Consult.objects.get(pk=consult.pk).status == "reading"
    assert consult.attachments.get(kind="photo").is_late


def test_a_copied_result_keeps_values_flags_and_trend_as_they_were(stage: CaseStage) -> None:
    consult = begin_question(stage)
    first = {
        "control": "M0",
        "filler": "F-0",
        "collected": "20261001080000-0600",
        "issued": "20261001101000-0600",
    }
    make_result(stage, nm("4.4"), **first)
    report = make_result(stage, nm("6.9", flag="HH"))
    given = attaching.attach_result(stage.asker.actor, consult=consult, report=report)
    assert attaching.attach_result(stage.asker.actor, consult=consult, report=report) == given
    copy = read_copy(given, "UTC")
    assert [(line.facts["value"], line.flag) for line in copy.lines] == [("6.9", "Critically high")]
    assert [value for _day, value in copy.lines[0].points] == [4.4, 6.9]
    make_result(stage, nm("5.0", status="C"), control="M2", status="C", issued="20261102101000-0600")
    assert read_copy(given, "UTC").lines[0].facts["value"] == "6.9"
    again = attaching.attach_result(stage.asker.actor, consult=consult, report=report)
    assert read_copy(again, "UTC").lines[0].facts["value"] == "5.0"
    page = get(stage.asker, "result", consult.pk, given.pk).content.decode()
    assert "6.9" in page
    assert "<svg" in page


def test_intimate_photos_are_covered_and_only_readers_leave_traces(stage: CaseStage) -> None:
    consult = ask(stage)
    file = send_photo(stage, make_capture(stage, body_site="genital", laterality="U", chaperone="alone"))
    given = attaching.attach_received(stage.asker.actor, consult=consult, file=file)
    assert given is not None
    shown = get(stage.reader, "case", consult.pk).content.decode()
    assert "Covered: show this photo" in shown
    get(stage.asker, "form", consult.pk, given.pk, "preview")
    assert not Seen.objects.filter(attachment=given).exists()
    get(stage.reader, "form", consult.pk, given.pk, "preview")
    assert Seen.objects.get(attachment=given).quality == "preview"


def test_a_reader_sees_what_the_check_of_a_photo_said_and_that_it_was_sent_anyway(stage: CaseStage) -> None:
    consult = ask(stage)
    good, doubted = (send_photo(stage, make_capture(stage), view) for view in ("close", "region"))
    doubted.findings, doubted.is_sent_anyway = ["blurred", "dark"], True
    given = [
        attaching.attach_received(stage.asker.actor, consult=consult, file=one) for one in (good, doubted)
    ]
    said = "The check of the photo says: Not sharp, Too dark · Sent anyway, after the advice to take it again"
    assert get(stage.reader, "case", consult.pk).content.decode().count(said) == 1
    pages = [get(stage.reader, "photo", consult.pk, one.pk).content.decode() for one in given if one]
    assert [said in page for page in pages] == [False, True]


def test_the_database_tries_its_own_organization_first(stage: CaseStage) -> None:
    """Images of one's own are reached without looking for grants: the opening costs them nothing."""
    make_study(stage)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT id FROM dicom_instance")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "never executed" in plan
    assert not Attachment.objects.exists()
