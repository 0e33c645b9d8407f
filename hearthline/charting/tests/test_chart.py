from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from hearthline.charting.models import Allergy, ChartReview, Document, Medication, Problem, VitalSign
from hearthline.charting.tests.conftest import Stage
from hearthline.foundation import clock

ROLES_REFUSED = ("patient", "caregiver", "administrator", "technician", "auditor", "attendant")


def test_the_chart_opens_for_the_care_team_and_nobody_else(stage: Stage) -> None:
    page = reverse("charting:chart", args=[stage.patient.id])
    for role in ("physician", "nurse", "navigator"):
        assert getattr(stage.people, role).client.get(page).status_code == 200, role
    for role in ("specialist", "stranger"):
        assert getattr(stage.people, role).client.get(page).status_code == 404, role
    for role in ROLES_REFUSED:
        assert getattr(stage.people, role).client.get(page).status_code == 403, role


@pytest.mark.parametrize(
    ("listed", "values", "model"),
    [
        ("problems", {"title": "Hypertension", "code": "i10", "status": "active"}, Problem),
        ("allergies", {"substance": "Penicillin", "category": "medication", "criticality": "high"}, Allergy),
        ("medications", {"name": "Lisinopril 10 mg", "status": "active", "source": "patient"}, Medication),
    ],
)
def test_an_entry_is_added_changed_and_marked_as_a_mistake(
    stage: Stage, listed: str, values: dict[str, str], model: type[Problem]
) -> None:
    client = stage.people.physician.client
    assert (
        client.post(reverse("charting:add_item", args=[stage.patient.id, listed]), values).status_code == 302
    )
    entry = model.objects.get()
    change = reverse("charting:edit_item", args=[stage.patient.id, listed, entry.id])
    assert client.get(change).status_code == 200
    assert client.post(change, values).status_code == 302
    mistake = reverse("charting:mark_in_error", args=[stage.patient.id, listed, entry.id])
    assert client.post(mistake, {"reason": ""}).status_code == 422
    assert client.post(mistake, {"reason": "Wrong patient"}).status_code == 302
    assert client.get(change).status_code == 404
    assert model.objects.get().error_reason == "Wrong patient"


def test_navigators_read_and_do_not_write(stage: Stage) -> None:
    add = reverse("charting:add_item", args=[stage.patient.id, "problems"])
    assert stage.people.navigator.client.get(add).status_code == 403
    assert stage.people.specialist.client.get(add).status_code == 404


@pytest.mark.parametrize(
    "values",
    [
        {"title": "", "status": "active"},
        {"title": "x" * 201, "status": "active"},
        {"title": "A", "code": "nonsense", "status": "active"},
        {"title": "A", "status": "unheard"},
        {"title": "A", "status": "active", "onset_on": "2999-01-01"},
        {"title": "A", "status": "resolved", "onset_on": "2024-02-01", "resolved_on": "2024-01-01"},
        {"title": "A", "status": "active", "resolved_on": "2024-01-01"},
        {"title": "A\x00B", "status": "active"},
    ],
)
def test_a_doubtful_problem_is_refused_with_words(stage: Stage, values: dict[str, str]) -> None:
    answer = stage.people.physician.client.post(
        reverse("charting:add_item", args=[stage.patient.id, "problems"]), values
    )
    assert answer.status_code == 422
    assert "Please look at this again" in answer.content.decode()
    assert not Problem.objects.exists()


def test_a_weight_in_pounds_is_kept_in_kilograms(stage: Stage) -> None:
    add = reverse("charting:add_vital", args=[stage.patient.id])
    answer = stage.people.nurse.client.post(add, {"kind": "weight", "value": "180", "unit": "[lb_av]"})
    assert answer.status_code == 302
    assert VitalSign.objects.get().value == Decimal("81.65")


def test_an_unusual_value_asks_once_more(stage: Stage) -> None:
    add = reverse("charting:add_vital", args=[stage.patient.id])
    values = {"kind": "blood_pressure", "value": "212", "second_value": "110", "unit": "mm[Hg]"}
    client = stage.people.nurse.client
    assert client.post(add, values).status_code == 422
    assert client.post(add, {**values, "is_confirmed_unusual": "on"}).status_code == 302
    assert VitalSign.objects.get().is_confirmed_unusual


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "weight", "value": "NaN", "unit": "kg"},
        {"kind": "weight", "value": "1e9", "unit": "kg"},
        {"kind": "pulse", "value": "72", "unit": "kg"},
        {"kind": "nothing", "value": "72", "unit": "kg"},
        {"kind": "temperature", "value": "98.6", "unit": "Cel"},
        {"kind": "pulse", "value": "72", "unit": "/min", "taken_at": "2999-01-01T10:00"},
        {"kind": "pulse", "value": "72", "unit": "/min", "taken_at": "1999-01-01T10:00"},
    ],
)
def test_impossible_measurements_are_refused(stage: Stage, values: dict[str, str]) -> None:
    add = reverse("charting:add_vital", args=[stage.patient.id])
    assert stage.people.nurse.client.post(add, values).status_code == 422
    assert not VitalSign.objects.exists()


def test_measured_times_are_read_in_the_clinics_zone(stage: Stage) -> None:
    local = (clock.now() - timedelta(hours=30)).replace(second=0, microsecond=0)
    values = {"kind": "pulse", "value": "72", "unit": "/min", "taken_at": f"{local:%Y-%m-%dT%H:%M}"}
    add = reverse("charting:add_vital", args=[stage.patient.id])
    assert stage.people.nurse.client.post(add, values).status_code == 302
    shift = VitalSign.objects.get().taken_at - local
    assert shift in (timedelta(hours=6), timedelta(hours=5))  # Chicago, winter or summer


def test_none_known_is_refused_for_a_list_with_entries(stage: Stage) -> None:
    client = stage.people.physician.client
    reviewed = reverse("charting:review", args=[stage.patient.id, "allergies"])
    client.post(reviewed, {"none_known": "yes"})
    assert ChartReview.objects.get().is_none_known
    add = reverse("charting:add_item", args=[stage.patient.id, "allergies"])
    client.post(
        add, {"substance": "Latex", "category": "environment", "criticality": "low", "is_active": "on"}
    )
    client.post(reviewed, {"none_known": "yes"})
    assert ChartReview.objects.count() == 1


def test_another_patients_encounter_is_not_accepted(stage: Stage) -> None:
    add = reverse("charting:add_item", args=[stage.patient.id, "problems"])
    values = {"title": "A", "status": "active", "encounter": "not-an-id"}
    assert stage.people.physician.client.post(add, values).status_code == 404


def test_a_photo_is_cleaned_kept_and_opened_by_the_patient_when_allowed(stage: Stage) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "JPEG")
    add = reverse("charting:add_document", args=[stage.patient.id])
    upload = SimpleUploadedFile("rash.jpg", picture.getvalue(), "image/jpeg")
    answer = stage.people.nurse.client.post(add, {"kind": "photo", "title": "Left arm", "file": upload})
    assert answer.status_code == 302
    document = Document.objects.get()
    opened = stage.people.physician.client.get(reverse("charting:document", args=[document.id]))
    assert Image.open(BytesIO(b"".join(opened))).size == (40, 30)
    assert opened["X-Content-Type-Options"] == "nosniff"
    assert (
        stage.people.patient.client.get(reverse("charting:document", args=[document.id])).status_code == 404
    )
    Document.objects.update(is_visible_to_patient=True)
    assert (
        stage.people.patient.client.get(reverse("charting:document", args=[document.id])).status_code == 200
    )
    assert (
        stage.people.stranger.client.get(reverse("charting:document", args=[document.id])).status_code == 404
    )


def test_a_file_that_is_no_picture_is_refused_with_words(stage: Stage) -> None:
    upload = SimpleUploadedFile("run.exe", b"MZ" + b"\x00" * 200, "image/jpeg")
    add = reverse("charting:add_document", args=[stage.patient.id])
    answer = stage.people.nurse.client.post(add, {"kind": "photo", "title": "Left arm", "file": upload})
    assert answer.status_code == 422
    assert not Document.objects.exists()


def test_the_chart_offers_a_note_while_a_visit_is_recent(stage: Stage) -> None:
    """An old visit's note is begun from the visit, not from ten equal buttons in the chart."""
    address = reverse("charting:start_note", args=[stage.encounter.id])
    chart = reverse("charting:chart", args=[stage.patient.id])
    client, encounter = stage.people.physician.client, stage.encounter
    assert address in client.get(chart).content.decode()
    for days, is_offered in ((6, True), (8, False)):
        encounter.started_at = clock.now() - timedelta(days=days)
        encounter.ended_at = encounter.started_at + timedelta(minutes=20)
        encounter.status = encounter.Status.FINISHED
        encounter.save()
        assert (address in client.get(chart).content.decode()) is is_offered


def test_patients_see_their_values_without_links_into_the_chart(stage: Stage) -> None:
    VitalSign.objects.create(
        organization_id=stage.patient.organization_id,
        patient=stage.patient,
        kind="pulse",
        recorded_by=stage.people.physician.user,
        value=Decimal(67),
        taken_at=clock.now(),
    )
    trend = reverse("charting:vitals", args=[stage.patient.id, "pulse"])
    assert (
        trend
        in stage.people.physician.client.get(
            reverse("charting:chart", args=[stage.patient.id])
        ).content.decode()
    )
    own = stage.people.patient.client.get(reverse("charting:record_of", args=[stage.patient.id]))
    assert own.status_code == 200
    assert trend not in own.content.decode()
