"""A patient with something on every page, and the pages that a patient meets, to read them in several languages."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse

from hearthline.audit.services import record
from hearthline.charting import notes, services
from hearthline.charting.models import Allergy, EncounterFact, Medication, Problem
from hearthline.charting.results.tests.stage import make_stage as make_laboratory
from hearthline.charting.results.tests.stage import nm, oru
from hearthline.directory.models import Patient, Practitioner, SafeContact
from hearthline.directory.tests.stage import make_caregiver
from hearthline.directory.views.own import SECTIONS
from hearthline.foundation import clock
from hearthline.messaging import conversations
from hearthline.messaging.models import Message
from hearthline.messaging.tests.test_conversations import make_pool, make_thread
from hearthline.scheduling.models import Service
from hearthline.scheduling.tests.stage import Stage as Booking
from hearthline.scheduling.tests.test_booking_pages import answer_all, begin
from hearthline.visits.choices import Question
from hearthline.visits.models import Visit
from hearthline.visits.tests.stage import make_visit
from tests.people import People

SUMMARY = {
    "language": "en",
    "what_we_discussed": "42",
    "what_to_do": "42",
    "medicines": "42",
    "when_to_get_help": "42",
    "follow_up": "42",
}
NOTE = {"subjective": "42", "objective": "42", "assessment": "42", "plan": "42"}
BOOKING_STEPS = ("urgent", "service", "where", "language", "access", "how", "times")
OWN_PAGES = (
    "/care/",
    "/care/book/",
    "/care/appointments/",
    "/care/messages/",
    "/care/messages/new/",
    "/care/messages/sent/",
    "/care/record/",
    "/care/results/",
    "/care/summaries/",
    "/care/access/",
    "/account/devices/",
    "/switch/",
)
OPEN_PAGES = ("/", "/o/riverbend/", "/sign-in/", "/nothing/here/")


@dataclass
class PatientStage:
    """One patient with a visit today, a conversation, a chart, a summary and somebody who helps."""

    people: People
    patient: Patient
    visit: Visit
    addresses: list[str] = field(default_factory=list)

    @property
    def client(self) -> Client:
        return self.people.patient.client


def make_patient_stage(people: People) -> PatientStage:
    made = make_visit(people, is_ready=False)
    patient = made.visit.patient
    stage = PatientStage(people, patient, made.visit, list(OWN_PAGES))
    SafeContact.objects.create(organization_id=patient.organization_id, patient=patient, preferred="sms")
    Service.objects.update(names={"en": "42", "es": "42", "ar": "42"})
    make_caregiver(patient, people.caregiver)
    _fill_chart(stage, made.practitioner)
    _add_result(stage)
    _write(stage)
    _add_visit_pages(stage)
    record(people.physician.actor, "note.read", ("note", 1), patient_id=patient.pk)
    return stage


def read_page(stage: PatientStage, address: str, language: str) -> tuple[int, str]:
    """Return status and text of a page as the patient reads it in a language."""
    client = stage.people.patient.client if address not in OPEN_PAGES else Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    response: Any = client.get(address, headers={"Accept-Language": language})
    return response.status_code, response.content.decode()


def _fill_chart(stage: PatientStage, practitioner: Practitioner) -> None:
    actor, patient = stage.people.physician.actor, stage.patient
    for item in (
        Problem(title="42"),
        Allergy(substance="42", category=Allergy.Category.FOOD),
        Medication(name="42"),
    ):
        services.save_item(actor=actor, patient=patient, item=item)
    encounter = services.open_encounter(actor=actor, patient=patient, practitioner=practitioner, reason="42")
    pulse = {"kind": "pulse", "value": Decimal(72), "taken_at": clock.now()}
    services.record_vital(actor=actor, patient=patient, values=pulse, encounter=encounter)
    fact = EncounterFact.Kind
    services.record_fact(actor=actor, encounter=encounter, kind=fact.MODALITY_USED, code="video", seconds=600)
    services.finish_encounter(actor=actor, encounter=encounter)
    note = notes.start_note(actor=actor, encounter=encounter)
    notes.sign_note(
        actor=actor,
        note=notes.save_note(actor=actor, note=note, sections=NOTE, revision=note.revision),
        revision=note.revision + 1,
    )
    summary = notes.start_summary(actor=actor, encounter=encounter)
    saved = notes.save_summary(
        actor=actor, summary=summary, parts=SUMMARY, language="en", revision=summary.revision
    )
    notes.release_summary(actor=actor, summary=saved)
    stage.addresses += [
        reverse("charting:record_of", args=[patient.pk]),
        reverse("charting:own_note", args=[note.pk]),
        reverse("charting:summary", args=[summary.pk]),
    ]


def _add_result(stage: PatientStage) -> None:
    laboratory, patient = make_laboratory(stage.people), stage.patient
    who = {
        "family": patient.family_name,
        "given": patient.given_names,
        "birth": f"{patient.birth_date:%Y%m%d}",
    }
    line: dict[str, Any] = {"code": "x^42^L", "unit": "42", "usual": "42"}
    panel = {"code": "y^42^L", **who}
    laboratory.take(oru(nm("42", flag="HH", **line), "NTE|1||42", **panel), "M1")
    late = {"status": "C", "issued": "20261102", "control": "M2"}
    laboratory.take(oru(nm("43", flag="LL", status="C", **line), **panel, **late), "M2")
    stage.addresses.append(reverse("results:own_result", args=[laboratory.report().pk]))


def _write(stage: PatientStage) -> None:
    people = stage.people
    thread = make_thread(people, stage.patient, make_pool(people, name="42"), subject="42", text="42")
    conversations.write(
        actor=people.nurse.actor, thread=thread, text="42", key="42", author_kind=Message.Author.STAFF
    )
    stage.addresses.append(reverse("messaging:care_thread", args=[thread.pk]))


def _add_visit_pages(stage: PatientStage) -> None:
    own = [stage.visit.pk]
    stage.addresses += [reverse(f"visits:{name}", args=own) for name in ("prepare", "check", "door", "after")]
    stage.addresses += [reverse("visits:question", args=[*own, question.value]) for question in Question]
    booked = [stage.visit.appointment_id]
    names = ("appointment", "appointment_booked", "appointment_move", "appointment_cancel")
    stage.addresses += [reverse(f"scheduling:{name}", args=booked) for name in names]
    base = begin(stage.client)
    answer_all(
        stage.client,
        base,
        Booking(stage.people, Service.objects.get(), stage.visit.practitioner, stage.patient),
    )
    stage.addresses += [f"{base}/{step}/" for step in BOOKING_STEPS]
    profile = reverse("directory:profile_of", args=[stage.patient.pk])
    stage.addresses += [profile, f"{profile}consents/", f"{profile}caregivers/add/"]
    stage.addresses += [f"{profile}edit/{section}/" for section in SECTIONS]
