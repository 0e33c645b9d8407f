"""A real PACS pushes to us by STOW-RS, and pulls from us by QIDO-RS and WADO-RS."""

import pytest

from hearthline.imaging.dicom.models import Instance, Study
from hearthline.imaging.dicom.tests import orthanc
from hearthline.imaging.dicom.tests.stage import make_imaging, of_patient, sample, take, written
from hearthline.tenancy.context import acting_in
from tests.browser.server import served
from tests.people import People


@pytest.mark.slow
def test_it_pushes_and_pulls(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        imaging = make_imaging(people)
        pulled = of_patient(sample("JPEG2000.dcm"), imaging.patient)
        take(people.physician.actor, imaging.patient, written(pulled))
    pushed = of_patient(sample("CT_small.dcm"), imaging.patient)
    with served() as origin:
        server = {
            "Url": f"{origin}{imaging.root}/",
            "HttpHeaders": {"Authorization": f"Bearer {imaging.token}"},
            "HasDelete": "0",
            "ChunkedTransfers": "0",  # the test's server knows none; gunicorn does
        }
        settings = {"Enable": True, "Root": "/dicom-web/", "Servers": {"ours": server}}
        with orthanc.running(DicomWeb=settings) as peer:
            sent = peer.store(written(pushed))
            answer = peer.rest.post(
                "/dicom-web/servers/ours/stow", json={"Resources": [sent], "Synchronous": True}
            )
            assert answer.status_code == 200, peer.log()
            found = peer.rest.post(
                "/dicom-web/servers/ours/qido", json={"Uri": "/studies", "Arguments": {"PatientID": "R-1"}}
            ).json()
            assert len(found) == 2
            got = peer.rest.post(
                "/dicom-web/servers/ours/retrieve",
                json={"Resources": [{"Study": str(pulled.StudyInstanceUID)}], "Synchronous": True},
            )
            assert got.status_code == 200, peer.log()
            kept = [
                peer.rest.get(f"/instances/{one}/simplified-tags").json()
                for one in peer.rest.get("/instances").json()
            ]
            uids = {one["SOPInstanceUID"] for one in kept}
            assert uids == {pushed.SOPInstanceUID, pulled.SOPInstanceUID}
    with acting_in(people.organization.id):
        stored = Instance.objects.get(sop_uid=pushed.SOPInstanceUID)
        assert stored.series.study.patient_id == imaging.patient.pk
        assert Study.objects.count() == 2
