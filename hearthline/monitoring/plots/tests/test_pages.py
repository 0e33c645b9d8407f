"""Who sees whose plots, what is written down of it, and what the report on paper is."""

from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.urls import reverse
from pypdf import PdfReader

from hearthline.audit.models import AuditEntry
from hearthline.charting.models import Document
from hearthline.directory.models import Patient
from hearthline.directory.tests.stage import make_caregiver, watch_audit
from hearthline.foundation.blobs import open_blob
from hearthline.monitoring.plots.models import DryWeight
from hearthline.monitoring.plots.tests.stage import Measuring, make_everything, make_measuring
from tests.people import People

STAFF = ("monitoring", "glucose", "pressure", "report", "dry_weight")
OWN = ("own_of", "own_glucose", "own_glucose_days", "own_pressure")
DRY = {"kilograms": "80.5", "reason": "After diuresis"}


@pytest.fixture
def measuring(people: People) -> Measuring:
    return make_everything(people)


def staff_pages(patient: Patient) -> list[str]:
    return [
        *(reverse(f"plots:{name}", args=[patient.id]) for name in STAFF),
        *(
            reverse("plots:series", args=[patient.id, one])
            for one in ("weight", "oxygen-saturation", "pulse")
        ),
        *(
            reverse("plots:explore", args=[patient.id, one])
            for one in ("glucose", "blood-pressure", "weight")
        ),
    ]


def own_pages(patient: Patient) -> list[str]:
    weight = reverse("plots:own_series", args=[patient.id, "weight"])
    return [reverse("plots:own"), *(reverse(f"plots:{name}", args=[patient.id]) for name in OWN), weight]


def test_the_care_team_of_the_patient_sees_them_and_others_do_not(
    people: People, measuring: Measuring
) -> None:
    for page in staff_pages(measuring.patient):
        assert people.physician.client.get(page).status_code == 200, page
        assert people.specialist.client.get(page).status_code == 404, page
        assert people.stranger.client.get(page).status_code == 404, page
        assert people.patient.client.get(page).status_code == 403, page


def test_the_patient_and_a_caregiver_who_may_see_the_record_see_their_own(
    people: People, measuring: Measuring
) -> None:
    for page in own_pages(measuring.patient):
        assert people.patient.client.get(page).status_code == 200, page
        assert people.caregiver.client.get(page).status_code == 404, page
        assert people.physician.client.get(page).status_code == 403, page
    make_caregiver(measuring.patient, people.caregiver, may_see_record=True)
    for page in own_pages(measuring.patient):
        assert people.caregiver.client.get(page).status_code == 200, page


def test_without_readings_every_page_says_what_will_come(people: People) -> None:
    measuring = make_measuring(people)
    for page in own_pages(measuring.patient):
        answer = people.patient.client.get(page)
        assert b'class="empty"' in answer.content, page
    for page in staff_pages(measuring.patient):
        assert people.physician.client.get(page).status_code == 200, page


def test_looking_is_written_down_with_what_was_looked_at(
    people: People, measuring: Measuring, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[AuditEntry] = watch_audit(monkeypatch)
    people.physician.client.get(reverse("plots:glucose", args=[measuring.patient.id]))
    people.patient.client.get(reverse("plots:own_pressure", args=[measuring.patient.id]))
    people.specialist.client.get(reverse("plots:glucose", args=[measuring.patient.id]))
    read = [(one.action, one.patient_id) for one in written if one.action.endswith(".read")]
    assert read == [
        ("glucose-report.read", measuring.patient.id),
        ("own-pressure.read", measuring.patient.id),
    ]


def test_an_unknown_choice_is_the_usual_one(people: People, measuring: Measuring) -> None:
    page = reverse("plots:glucose", args=[measuring.patient.id])
    usual = people.physician.client.get(page, {"targets": "none", "unit": "grain"}).content.decode()
    assert "Mean glucose" in usual
    assert "mmol/L</span>" not in usual
    molar = people.physician.client.get(page, {"targets": "pregnancy", "unit": "mmol/L"}).content.decode()
    assert "mmol/L</span>" in molar
    days = reverse("plots:explore", args=[measuring.patient.id, "glucose"])
    shown = people.physician.client.get(days, {"days": "9999"}).content.decode()
    assert '<a href="?days=14" aria-current="page">' in shown


def test_a_dry_weight_is_set_with_its_reason(people: People, measuring: Measuring) -> None:
    page = reverse("plots:dry_weight", args=[measuring.patient.id])
    before = DryWeight.objects.count()
    wrong = people.physician.client.post(page, {"kilograms": "8", "reason": ""})
    assert wrong.status_code == 422
    assert DryWeight.objects.count() == before
    assert people.specialist.client.post(page, DRY).status_code == 404
    assert people.attendant.client.post(page, DRY).status_code == 403
    assert people.physician.client.post(page, DRY).status_code == 302
    newest = DryWeight.objects.order_by("-set_at")[0]
    assert (newest.kilograms, newest.reason, newest.set_by) == (
        Decimal("80.5"),
        DRY["reason"],
        people.physician.user,
    )
    assert DryWeight.objects.count() == before + 1


def pages_of(content: bytes) -> PdfReader:
    return PdfReader(BytesIO(content))


def catalog_of(reader: PdfReader) -> Any:
    return reader.trailer["/Root"]


def test_the_report_is_tagged_in_the_patients_language_and_names_its_sources(
    people: People, measuring: Measuring
) -> None:
    Patient.objects.filter(pk=measuring.patient.pk).update(language="es")
    page = reverse("plots:report", args=[measuring.patient.id])
    unknown = {"language": "tlh"}
    reader = pages_of(people.physician.client.get(page, unknown).content)
    assert catalog_of(reader)["/MarkInfo"]["/Marked"]
    assert catalog_of(reader)["/Lang"] == "es"
    asked = people.physician.client.get(page, {"language": "en"})
    assert asked["Content-Type"] == "application/pdf"
    english = pages_of(asked.content)
    assert catalog_of(english)["/Lang"] == "en"
    said = "\n".join(one.extract_text() for one in english.pages)
    for part in ("Rosa Delgado", "Battelino", "Hypertension 2025", "Sensor active", "time-zone database"):
        assert part in said, part


def test_the_report_is_kept_in_the_chart_where_the_patient_opens_it(
    people: People, measuring: Measuring
) -> None:
    page = reverse("plots:keep_report", args=[measuring.patient.id])
    assert people.physician.client.get(page).status_code == 405
    assert people.specialist.client.post(page).status_code == 404
    assert people.patient.client.post(page).status_code == 403
    assert not Document.objects.exists()
    assert people.physician.client.post(page).status_code == 302
    document = Document.objects.get()
    assert document.title.startswith("Readings at home, ")
    assert open_blob(document.organization_id, document.sha256).read().startswith(b"%PDF-")
    own = people.patient.client.get(reverse("charting:document", args=[document.id]))
    assert b"".join(own.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]


def test_the_patients_pages_carry_no_script_of_ours(people: People, measuring: Measuring) -> None:
    for page in own_pages(measuring.patient):
        content = people.patient.client.get(page).content.decode()
        assert "plots/explore.js" not in content
        assert "uPlot" not in content
