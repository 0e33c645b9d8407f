"""A signed answer stands as a structured report in the study of the images under its signature."""

import pydicom

from hearthline.consults.dicom_report import file_answer
from hearthline.consults.models import Attachment, Opinion
from hearthline.consults.services import answering, attaching
from hearthline.consults.tests.objects import make_given, make_study
from hearthline.consults.tests.stage import CaseStage, answer, as_person, ask
from hearthline.imaging.dicom.models import Instance, Study
from hearthline.tenancy.context import acting_in

REPORTS = {"source": "Reports", "series__modality": "SR"}


def images_of(study: Study) -> set[str]:
    return set(attaching.instances_of(study).values_list("sop_uid", flat=True))


def test_who_answers_elsewhere_finds_the_report_under_the_case_by_wado(stage: CaseStage) -> None:
    consult, study, _report, _file = make_given(stage)
    opinion = answer(consult, stage.outside)
    with as_person(stage.asker):
        file_answer(consult.organization_id, opinion.pk)
        filed = Instance.objects.select_related("series__study").get(**REPORTS)
        assert filed.series.study == study
        images = images_of(study)
        assert filed.sop_uid not in images
        given = Attachment.objects.get(consult=consult, study=study)
        assert not answering.new_images_of(given)  # its own answer does not open a case again
    root = f"/dicomweb/cases/{consult.pk}"
    client = stage.outside.client
    (series,) = client.get(f"{root}/series?Modality=SR").json()
    place = f"{root}/studies/{study.study_uid}/series/{series['0020000E']['Value'][0]}"
    (metadata,) = client.get(f"{place}/metadata").json()
    header = pydicom.Dataset.from_json(metadata)
    assert header.SOPInstanceUID == filed.sop_uid
    assert header.VerifyingObserverSequence[0].VerifyingOrganization == stage.people.other_organization.name
    assert client.get(f"{place}/instances/{filed.sop_uid}").status_code == 200
    evidence = header.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence[0]
    assert {item.ReferencedSOPInstanceUID for item in evidence.ReferencedSOPSequence} == images
    assert stage.people.stranger.client.get(f"{place}/metadata").status_code == 404
    (keys,) = client.get(f"{root}/series?Modality=KO").json()
    (metadata,) = client.get(
        f"{root}/studies/{study.study_uid}/series/{keys['0020000E']['Value'][0]}/metadata"
    ).json()
    selection = pydicom.Dataset.from_json(metadata)
    assert selection.ContentTemplateSequence[0].TemplateIdentifier == "2010"
    named = [item.ReferencedSOPSequence[0] for item in selection.ContentSequence if item.ValueType == "IMAGE"]
    assert {one.ReferencedSOPInstanceUID for one in named} == images


def test_answers_of_another_case_about_the_same_images_stay_hidden(stage: CaseStage) -> None:
    consult, study, _report, _file = make_given(stage)
    stage.desk.readers.update(is_available=True)
    other = ask(stage, other_matter="Another question about the same film")
    attaching.attach_all(stage.asker.actor, consult=other, objects=[study])
    opinion = answer(other, stage.reader)
    with as_person(stage.asker):
        file_answer(other.organization_id, opinion.pk)
        assert Instance.objects.filter(**REPORTS).count() == 1
    for kind in ("SR", "KO"):
        assert stage.outside.client.get(f"/dicomweb/cases/{consult.pk}/series?Modality={kind}").json() == []
        assert len(stage.reader.client.get(f"/dicomweb/cases/{other.pk}/series?Modality={kind}").json()) == 1
    with as_person(stage.outside):
        assert not Instance.objects.filter(source="Reports").exists()


def test_each_answer_is_filed_once_and_names_the_one_before(stage: CaseStage) -> None:
    consult = ask(stage)
    attaching.attach_all(stage.asker.actor, consult=consult, objects=[make_study(stage), make_study(stage)])
    answer(consult, stage.reader, Opinion.Kind.PRELIMINARY)
    with as_person(stage.asker):
        (first,) = answering.signed_opinions(consult)
        file_answer(consult.organization_id, first.pk)
    answer(consult, stage.reader, discrepancy="none")
    with as_person(stage.asker):
        last = answering.signed_opinions(consult).last()
        assert last is not None
        for _twice in range(2):
            file_answer(consult.organization_id, last.pk)
        before, after = Instance.objects.filter(**REPORTS).order_by("created_at", "id")
        header = pydicom.Dataset.from_json(after.metadata)
    assert header.PreliminaryFlag == "FINAL"
    assert len(header.CurrentRequestedProcedureEvidenceSequence) == 2
    earlier = header.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert earlier[0].ReferencedSOPInstanceUID == before.sop_uid


def test_an_answer_about_no_images_is_not_filed(stage: CaseStage) -> None:
    consult = ask(stage)
    signed = answer(consult, stage.reader)
    with acting_in(consult.organization_id):
        file_answer(consult.organization_id, signed.pk)
        assert not Instance.objects.exists()
