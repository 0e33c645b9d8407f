"""Images that speak of somebody else are shown to nobody until a person decides; what was decided can be undone."""

import io
from datetime import date

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from hearthline.directory.models import Patient
from hearthline.directory.tests.stage import make_patient, make_practitioner, treat
from hearthline.foundation import clock
from hearthline.foundation.blobs import store
from hearthline.imaging.dicom.models import Hold, HoldDecision, Instance, Study
from hearthline.imaging.dicom.rules import Identity, Person, differences, is_same_name, spacing_of
from hearthline.imaging.dicom.services import holds
from hearthline.imaging.dicom.services.holds import MOVES, RefusedDecisionError
from hearthline.imaging.dicom.subscribers import take_dicom_file
from hearthline.imaging.dicom.tests.stage import Imaging, make_imaging, of_patient, sample, take, written
from hearthline.imaging.intake.choices import Form, Kind, Source, State
from hearthline.imaging.intake.events import FileAccepted
from hearthline.imaging.intake.models import File
from hearthline.imaging.intake.renditions import add_rendition
from tests.people import People

ROSA = Person("Rosa Delgado", date(1958, 3, 4), "F")


@pytest.fixture
def imaging(people: People) -> Imaging:
    return make_imaging(people)


def other_patient(imaging: Imaging) -> Patient:
    patient = make_patient(imaging.people, "Ada", "Marsh", birth_date=date(1971, 6, 2))
    treat(patient, make_practitioner(imaging.people.physician))
    return patient


def send(imaging: Imaging, of: Patient, **values: str) -> tuple[int, bytes]:
    """Send a study that speaks of ``of`` to the root of the imaging's own patient."""
    content = written(of_patient(sample(), of, **values))
    answer = imaging.client.post(f"{imaging.root}/studies", content, content_type="application/dicom")
    return answer.status_code, answer.content


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (Identity("Delgado^Rosa", "7", date(1958, 3, 4), "F"), []),
        (Identity("DELGADO^ROSA^MARIA", "", date(1958, 3, 4), ""), []),
        (Identity("Delgado^Rosa", "7", date(1958, 4, 3), "F"), ["birth_date"]),
        (Identity("Delgado^Mateo", "7", date(1958, 3, 4), "M"), ["name", "sex"]),
        (Identity("", "7", None, ""), ["missing"]),
        (Identity("Delgado^Rosa", "", None, "O"), ["missing"]),
        (Identity("Marsh^Ada", "7", date(1958, 3, 4), "F"), ["name"]),
    ],
)
def test_what_differs_is_named(header: Identity, expected: list[str]) -> None:
    assert differences(header, ROSA) == expected


def test_a_known_number_stands_for_what_is_missing_and_another_patients_number_differs() -> None:
    bare = Identity("", "7", None, "")
    assert differences(bare, Person("Rosa Delgado", date(1958, 3, 4), "F", is_known_by=True)) == []
    full = Identity("Delgado^Rosa", "7", date(1958, 3, 4), "F")
    assert differences(full, Person("Rosa Delgado", date(1958, 3, 4), "F", is_other_known_by=True)) == [
        "identifier"
    ]


@given(
    st.lists(st.sampled_from(["Rosa", "María", "Delgado", "O'Brien"]), min_size=2, max_size=4, unique=True)
)
def test_the_order_and_marks_of_a_name_do_not_matter(parts: list[str]) -> None:
    assert is_same_name("^".join(reversed(parts)).upper(), " ".join(parts))
    assert not is_same_name("^".join(parts), "Quentin Marsh")


def test_zero_or_missing_spacing_is_unknown() -> None:
    def header(**values: list[float]) -> dict[str, object]:
        return {tag.strip("t"): {"vr": "DS", "Value": value} for tag, value in values.items()}

    assert spacing_of(header(t00280030=[0.0, 0.0])).where == ""
    assert spacing_of({}).where == ""
    assert spacing_of(header(t00280030=[0.0, 0.0], t00181164=[0.14, 0.14])).where == "detector"
    assert spacing_of(header(t00280030=[0.2, 0.2])).where == "detector"
    assert (
        spacing_of({**header(t00280030=[0.7, 0.7]), "00080060": {"vr": "CS", "Value": ["CT"]}}).where
        == "patient"
    )


def test_a_mismatch_is_kept_and_shown_to_nobody(imaging: Imaging) -> None:
    status, content = send(imaging, other_patient(imaging))
    assert status == 202
    assert b"45056" in content
    assert imaging.client.get(f"{imaging.root}/studies").json() == []
    assert Instance.objects.count() == 1
    hold = Hold.objects.get()
    assert hold.expected_patient == imaging.patient
    assert set(hold.differences) == {"name", "birth_date"}
    page = imaging.people.nurse.client.get("/imaging/held/")
    assert b"Marsh" in page.content


def test_accepted_as_expected(imaging: Imaging) -> None:
    send(imaging, other_patient(imaging))
    hold = Hold.objects.get()
    client = imaging.people.physician.client
    address = f"/imaging/held/{hold.pk}/"
    assert client.post(address, {"decision": "accept"}).status_code == 422
    assert (
        client.post(address, {"decision": "accept", "reason": "Typed wrongly, asked her"}).status_code == 303
    )
    assert len(imaging.client.get(f"{imaging.root}/studies").json()) == 1
    again = client.post(address, {"decision": "refuse", "reason": "Too late"})
    assert again.status_code == 422


def test_moved_and_undone(imaging: Imaging) -> None:
    ada = other_patient(imaging)
    study_uid = "1.2.826.0.1.3680043.8.498.1"
    send(imaging, ada, StudyInstanceUID=study_uid)
    hold = Hold.objects.get()
    client = imaging.people.physician.client
    address = f"/imaging/held/{hold.pk}/"
    chart = f"http://localhost/patients/{ada.pk}/chart/"
    assert client.post(address, {"decision": "move", "patient": "nobody", "reason": "x"}).status_code == 422
    assert client.post(address, {"decision": "move", "patient": chart, "reason": "Hers"}).status_code == 303
    moved = Study.objects.get(patient=ada)
    assert (moved.study_uid, moved.instance_count, moved.series_count) == (study_uid, 1, 1)
    assert Study.objects.get(patient=None).instance_count == 0
    assert client.post(address, {"decision": "undo", "reason": "Not hers either"}).status_code == 303
    moved.refresh_from_db()
    assert moved.instance_count == 0
    assert Study.objects.get(patient=None).instance_count == 1
    assert [one.to_state for one in HoldDecision.objects.order_by("created_at")] == ["moved", "open"]


def test_undoing_leaves_what_came_to_the_patient_by_itself(imaging: Imaging) -> None:
    ada, uid = other_patient(imaging), "1.2.826.0.1.3680043.8.498.2"
    actor = imaging.people.physician.actor
    take(actor, ada, written(of_patient(sample(), ada, StudyInstanceUID=uid)))
    send(imaging, ada, StudyInstanceUID=uid)
    hold = Hold.objects.get()
    holds.move(actor, hold=hold, patient=ada, reason="Hers")
    assert Study.objects.get(patient=ada).instance_count == 2
    holds.undo(actor, hold=hold, reason="No")
    assert Study.objects.get(patient=ada).instance_count == 1


def test_refused_stays_hidden_and_kept(imaging: Imaging) -> None:
    send(imaging, other_patient(imaging))
    hold = Hold.objects.get()
    holds.refuse(imaging.people.nurse.actor, hold=hold, reason="Test exposure")
    assert imaging.client.get(f"{imaging.root}/studies").json() == []
    assert Instance.objects.count() == 1
    with pytest.raises(RefusedDecisionError):
        holds.accept(imaging.people.nurse.actor, hold=hold, reason="Late")


def test_every_state_has_a_way_on() -> None:
    assert set(MOVES) == set(Hold.State)
    assert all(targets for targets in MOVES.values())


def test_decisions_cannot_be_rewritten(imaging: Imaging) -> None:
    send(imaging, other_patient(imaging))
    holds.refuse(imaging.people.nurse.actor, hold=Hold.objects.get(), reason="Test")
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        HoldDecision.objects.update(reason="never")


@pytest.mark.parametrize("role", ["patient", "administrator", "technician", "auditor", "attendant"])
def test_others_do_not_decide(imaging: Imaging, role: str) -> None:
    send(imaging, other_patient(imaging))
    client = getattr(imaging.people, role).client
    assert client.get("/imaging/held/").status_code == 403
    assert client.get(f"/imaging/held/{Hold.objects.get().pk}/").status_code == 403


def test_one_uid_with_other_bytes_is_kept_twice_and_marked(imaging: Imaging) -> None:
    data = of_patient(sample(), imaging.patient)
    first = written(data)
    data.ImageComments = "changed"
    actor = imaging.people.physician.actor
    take(actor, imaging.patient, first)
    (second,) = take(actor, imaging.patient, written(data))
    assert second.is_conflicting
    assert [one.is_conflicting for one in Instance.objects.all()] == [True, True]
    (again,) = take(actor, imaging.patient, first)
    assert not again.is_new
    series = f"{imaging.root}/studies/{data.StudyInstanceUID}/series/{data.SeriesInstanceUID}"
    shown = imaging.client.get(
        f"{series}/instances/{data.SOPInstanceUID}", headers={"Accept": "application/dicom"}
    )
    assert shown.content[128:] == first[128:]
    assert not any(shown.content[:128])  # a preamble may hide another kind of file


def test_a_file_sent_in_pieces_is_compared_too(imaging: Imaging) -> None:
    actor = imaging.people.physician.actor
    for of in (imaging.patient, other_patient(imaging)):
        content = written(of_patient(sample(), of))
        kept = store(imaging.people.organization.id, io.BytesIO(content), "application/dicom")
        file = File.objects.create(
            organization_id=imaging.people.organization.id,
            patient=imaging.patient,
            uploader_id=actor.user_id,
            source=Source.TUS,
            key=kept.sha256[:32],
            kind=Kind.DICOM,
            state=State.ACCEPTED,
            sha256=kept.sha256,
            size_bytes=kept.size,
            settled_at=clock.now(),
        )
        add_rendition(file, form=Form.ORIGINAL, kept=kept)
        take_dicom_file(
            FileAccepted(
                organization_id=file.organization_id,
                file_id=file.pk,
                patient_id=file.patient_id,
                capture_id=None,
            )
        )
    assert Study.objects.get(patient=imaging.patient).instance_count == 1
    assert Hold.objects.get().expected_patient == imaging.patient
