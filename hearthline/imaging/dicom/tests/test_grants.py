"""What is granted is there; what is not does not exist: not in lists, not in counts, not by its address."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client

from hearthline.directory.tests.stage import make_patient, watch_audit
from hearthline.foundation import clock
from hearthline.identity.roles import Role
from hearthline.imaging.dicom.models import Gateway, Grant, Instance, Study
from hearthline.imaging.dicom.services.grants import close_gateway, give, open_gateway, withdraw
from hearthline.imaging.dicom.tests.stage import Imaging, make_imaging, of_patient, sample, take, written
from hearthline.tenancy.context import set_context
from tests.people import People


@pytest.fixture
def imaging(people: People) -> Imaging:
    return make_imaging(people)


def one_study(imaging: Imaging) -> Study:
    data = of_patient(sample(), imaging.patient)
    take(imaging.people.physician.actor, imaging.patient, written(data))
    return Study.objects.get(study_uid=data.StudyInstanceUID)


def addresses(root: str, study: Study) -> list[str]:
    instance = Instance.objects.select_related("series").get(series__study=study)
    series = f"{root}/studies/{study.study_uid}/series/{instance.series.series_uid}"
    one = f"{series}/instances/{instance.sop_uid}"
    parts = [
        "",
        "/metadata",
        "/rendered",
        "/thumbnail",
        "/frames/1",
        "/frames/1/rendered",
        "/bulkdata/7FE00010",
    ]
    return [
        f"{root}/studies/{study.study_uid}",
        f"{root}/studies/{study.study_uid}/metadata",
        f"{root}/studies/{study.study_uid}/series",
        f"{root}/studies/{study.study_uid}/instances",
        f"{root}/studies/{study.study_uid}/thumbnail",
        f"{series}/metadata",
        f"{series}/instances",
        *(one + part for part in parts),
    ]


def test_another_patients_study_does_not_exist_under_a_root(imaging: Imaging) -> None:
    mine = one_study(imaging)
    other = make_patient(imaging.people, "Ada", "Marsh")
    data = of_patient(sample(), other)
    take(imaging.people.physician.actor, other, written(data))
    theirs = Study.objects.get(study_uid=data.StudyInstanceUID)
    client = imaging.client
    assert len(client.get(f"{imaging.root}/studies").json()) == 1
    assert [client.get(address).status_code for address in addresses(imaging.root, mine)] == [200] * 14
    assert [client.get(address).status_code for address in addresses(imaging.root, theirs)] == [404] * 14
    assert (
        len(client.get(f"{imaging.root}/series").json())
        == len(client.get(f"{imaging.root}/instances").json())
        == 1
    )
    assert client.delete(addresses(imaging.root, theirs)[0]).status_code == 404
    assert Instance.objects.filter(retracted_at=None).count() == 2


def test_a_root_of_named_studies_shows_those_alone(imaging: Imaging) -> None:
    named, unnamed = one_study(imaging), one_study(imaging)
    physician, specialist = imaging.people.physician, imaging.people.specialist
    grant = give(physician.actor, holder=specialist.user.id, studies=[named], reason="A second opinion")
    root = f"/dicomweb/grants/{grant.pk}"
    assert [row["0020000D"]["Value"] for row in specialist.client.get(f"{root}/studies").json()] == [
        [named.study_uid]
    ]
    assert specialist.client.get(addresses(root, unnamed)[0]).status_code == 404
    assert physician.client.get(f"{root}/studies").status_code == 404
    assert imaging.people.nurse.client.get(f"{root}/studies").status_code == 404
    withdraw(physician.actor, grant=grant)
    assert specialist.client.get(f"{root}/studies").status_code == 404


def test_a_role_holds_a_root(imaging: Imaging) -> None:
    study = one_study(imaging)
    grant = give(
        imaging.people.physician.actor, holder=Role.SPECIALIST, patient=imaging.patient, reason="Reading"
    )
    root = f"/dicomweb/grants/{grant.pk}"
    assert len(imaging.people.specialist.client.get(f"{root}/studies").json()) == 1
    assert imaging.people.navigator.client.get(f"{root}/studies").status_code == 404
    assert study.patient_id == imaging.patient.pk


@pytest.mark.parametrize("days", [(1, 2), (-2, -1)])
def test_a_root_is_open_in_its_time_only(imaging: Imaging, days: tuple[int, int]) -> None:
    now = clock.now()
    Grant.objects.filter(pk=imaging.grant.pk).update(
        starts_at=now + timedelta(days=days[0]), ends_at=now + timedelta(days=days[1])
    )
    assert imaging.client.get(f"{imaging.root}/studies").status_code == 404


def test_a_person_in_whose_care_the_patient_is_looks_and_changes_nothing(imaging: Imaging) -> None:
    one_study(imaging)
    root = f"/dicomweb/patients/{imaging.patient.pk}"
    physician = imaging.people.physician.client
    assert len(physician.get(f"{root}/studies").json()) == 1
    assert physician.post(f"{root}/studies", b"x", content_type="application/dicom").status_code == 401
    assert physician.delete(f"{root}/studies/1.2").status_code == 401
    assert imaging.people.specialist.client.get(f"{root}/studies").status_code == 404
    assert imaging.client.get(f"{root}/studies").status_code == 401
    assert imaging.people.stranger.client.get(f"{root}/studies").status_code == 404


def test_a_token_opens_its_own_roots_until_it_is_withdrawn(imaging: Imaging) -> None:
    other, token = open_gateway(imaging.people.administrator.actor, name="Another room")
    stranger = Client(headers={"Authorization": f"Bearer {token}"})
    assert stranger.get(f"{imaging.root}/studies").status_code == 404
    assert imaging.client.get(f"{imaging.root}/studies").status_code == 200
    for wrong in ("", "x", imaging.token[:-1], imaging.token.split(".")[0] + ".x", f"{UUID(int=7).hex}.x"):
        assert (
            Client(headers={"Authorization": f"Bearer {wrong}"}).get(f"{imaging.root}/studies").status_code
            == 401
        )
    set_context(imaging.people.organization.id)
    assert imaging.token.split(".")[1].encode() not in bytes(
        Gateway.objects.get(pk=imaging.gateway.pk).token_digest or b""
    )
    close_gateway(imaging.people.administrator.actor, gateway=imaging.gateway)
    assert imaging.client.get(f"{imaging.root}/studies").status_code == 401
    assert other.revoked_at is None


def test_rights_are_asked(people: People) -> None:
    imaging = make_imaging(people, rights=(Grant.Right.READ,))
    study = one_study(imaging)
    client = imaging.client
    body = written(of_patient(sample(), imaging.patient))
    assert client.post(f"{imaging.root}/studies", body, content_type="application/dicom").status_code == 404
    assert client.delete(f"{imaging.root}/studies/{study.study_uid}").status_code == 404
    assert client.get(f"{imaging.root}/studies/{study.study_uid}/metadata").status_code == 200


def test_only_an_administrator_lets_machines_in_and_opens_everything(people: People) -> None:
    with pytest.raises(PermissionDenied):
        open_gateway(people.physician.actor, name="Mine")
    gateway, _token = open_gateway(people.administrator.actor, name="PACS")
    with pytest.raises(PermissionDenied):
        give(people.physician.actor, holder=gateway, reason="All")
    with pytest.raises(IntegrityError, match="grant_everything_to_machine"), transaction.atomic():
        give(people.administrator.actor, holder=people.nurse.user.id, reason="All")


def test_every_look_is_in_the_audit(imaging: Imaging, monkeypatch: pytest.MonkeyPatch) -> None:
    study = one_study(imaging)
    entries = watch_audit(monkeypatch)
    for address in (f"{imaging.root}/studies", f"{imaging.root}/studies/{study.study_uid}/metadata"):
        imaging.client.get(address)
    imaging.client.delete(f"{imaging.root}/studies/{study.study_uid}")
    assert [(entry.action, entry.patient_id, entry.actor_kind) for entry in entries] == [
        (action, imaging.patient.pk, "gateway")
        for action in ("imaging.searched", "imaging_study.metadata.read", "imaging_study.retracted")
    ]
