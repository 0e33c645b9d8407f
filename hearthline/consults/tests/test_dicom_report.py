"""A signed answer stands as a structured report in the study of the images under its signature."""

from typing import Any

import pydicom
import pytest

from hearthline.consults.dicom_report import file_answer
from hearthline.consults.models import Opinion
from hearthline.consults.rules.manifest import SeenObject
from hearthline.consults.services import answering
from hearthline.consults.tests.stage import CaseStage, answer, as_person, ask
from hearthline.imaging.dicom.models import Instance
from hearthline.imaging.dicom.tests.stage import of_patient, sample, take, written
from hearthline.tenancy.context import acting_in


@pytest.fixture
def images(stage: CaseStage, monkeypatch: pytest.MonkeyPatch) -> list[Instance]:
    """Two images of the patient that are objects of the case, and one that is none."""
    files = [written(of_patient(sample(), stage.patient)) for _number in range(3)]
    take(stage.asker.actor, stage.patient, *files)
    found = list(Instance.objects.select_related("series__study").order_by("id"))

    def objects(_consult: Any, _user_id: Any) -> list[SeenObject]:
        return [SeenObject(str(one.pk), one.sha256, one.size, "application/dicom") for one in found[:2]]

    monkeypatch.setattr(answering, "objects_of", objects)
    return found


def test_each_answer_is_filed_once_beside_the_first_of_its_images(
    stage: CaseStage, images: list[Instance]
) -> None:
    consult = ask(stage)
    answer(consult, stage.reader, Opinion.Kind.PRELIMINARY)
    answer(consult, stage.reader, discrepancy="none")
    with as_person(stage.asker):
        signed = list(answering.signed_opinions(consult))
        for opinion in (*signed, signed[-1]):
            file_answer(consult.organization_id, opinion.pk)
        reports = list(
            Instance.objects.exclude(pk__in=[one.pk for one in images]).select_related("series__study")
        )
        assert len(reports) == 2
        assert {one.series.study_id for one in reports} & {one.series.study_id for one in images[:2]}
        header = pydicom.Dataset.from_json(reports[-1].metadata)
    assert header.PreliminaryFlag == "FINAL"
    assert header.VerifyingObserverSequence[0].VerifyingObserverName.family_name == "Dr. Tomas Varga"
    evidence = [
        item.ReferencedSOPInstanceUID
        for study in header.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    ]
    assert set(evidence) == {one.sop_uid for one in images[:2]}
    before = header.PredecessorDocumentsSequence[0].ReferencedSeriesSequence[0].ReferencedSOPSequence
    assert before[0].ReferencedSOPInstanceUID == reports[0].sop_uid


def test_an_answer_about_no_images_is_not_filed(stage: CaseStage) -> None:
    consult = ask(stage)
    signed = answer(consult, stage.reader)
    with acting_in(consult.organization_id):
        file_answer(consult.organization_id, signed.pk)
        assert not Instance.objects.exists()
