"""A person's telephone dials in: digits, the menu, the waiting room, the visit, goodbye from each side."""

from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from django.core.cache import cache

from hearthline.scheduling.models import Appointment, AppointmentChange
from hearthline.scheduling.services.pins import make_pin
from hearthline.telephony import desk
from hearthline.telephony.desk import WRONG_MOST
from hearthline.telephony.media.companding import Samples
from hearthline.telephony.tests.office import Office, office, wait_until
from hearthline.telephony.tests.phones import Baresip, baresip, loudest_hertz
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization
from hearthline.visits.choices import EndReason, Modality, ParticipantState, VisitState
from hearthline.visits.models import Participant, PhoneCall, Segment, Visit
from hearthline.visits.services import admission, telephone
from hearthline.visits.services.messages import describe_all
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People

NUMBER = "+15125550100"


def open_line(people: People) -> None:
    Organization.objects.filter(pk=people.organization.id).update(dial_in_number=NUMBER)


@pytest.fixture
def stage(committed: None, people: People) -> Stage:
    with acting_in(people.organization.id):
        open_line(people)
        return make_visit(people, mode="phone", is_ready=False)


def pin_of(stage: Stage) -> str:
    with acting_in(stage.people.organization.id):
        assert stage.visit.appointment is not None
        return make_pin(stage.visit.appointment)


def visit_of(stage: Stage) -> Visit:
    return Visit.objects.get(pk=stage.visit.pk)


def patient_state(stage: Stage) -> tuple[str, str]:
    with acting_in(stage.people.organization.id):
        row = Participant.objects.filter(visit=stage.visit, role="patient").first()
        return (row.state, row.modality) if row is not None else ("", "")


def dial(phone: Baresip, at: Office, pin: str) -> None:
    phone.dial(NUMBER, at.port)
    phone.wait_for("CALL_ESTABLISHED")
    phone.press(pin)


def last_call(organization_id: UUID) -> PhoneCall:
    with acting_in(organization_id):
        return PhoneCall.objects.latest("asked_at")


def test_the_right_digits_lead_through_the_waiting_room_into_the_visit_and_the_minutes_are_kept(
    stage: Stage, tmp_path: Path
) -> None:
    organization_id, physician = stage.people.organization.id, stage.people.physician.actor
    pin = pin_of(stage)
    with acting_in(organization_id):
        stage.join(stage.people.physician)
    with office(tmp_path) as at, baresip(tmp_path / "phone") as phone:
        dial(phone, at, pin + "1")
        wait_until(lambda: patient_state(stage) == (ParticipantState.WAITING, Modality.PHONE))
        with acting_in(organization_id):
            assert visit_of(stage).state == VisitState.WAITING
            admission.admit(actor=physician, visit=stage.visit, participant=telephone.patient_of(stage.visit))
        wait_until(lambda: at.do(lambda: [one for one in at.worker._inside.values() if one._ice is not None]))
        with acting_in(organization_id):
            clinician = Participant.objects.get(visit=stage.visit, role="clinician")
            everybody = describe_all(clinician, stage.visit)
            person = next(one for one in everybody if one["role"] == "patient")
            assert (person["modality"], person["state"]) == ("phone", "admitted")
            segment = Segment.objects.get(visit=stage.visit, participant__role="patient")
            assert (segment.modality, segment.ended_at) == ("phone", None)
            admission.end_visit(actor=physician, visit=visit_of(stage), reason=EndReason.COMPLETED)
        phone.wait_for("CALL_CLOSED")
        wait_until(lambda: last_call(organization_id).ended_at)
    with acting_in(organization_id):
        assert not Segment.objects.filter(visit=stage.visit, ended_at=None).exists()
        assert not at.worker.agent.calls


def test_wrong_digits_three_times_and_the_line_is_closed(stage: Stage, tmp_path: Path) -> None:
    with office(tmp_path) as at, baresip(tmp_path / "phone") as phone:
        dial(phone, at, "000000000000000000000000")
        phone.wait_for("CALL_CLOSED")
    assert patient_state(stage) == ("", "")


def test_hanging_up_while_waiting_leaves_the_line_and_coming_back_in_the_visit_needs_no_new_press(
    stage: Stage, tmp_path: Path
) -> None:
    organization_id, physician = stage.people.organization.id, stage.people.physician.actor
    pin = pin_of(stage)
    with office(tmp_path) as at, baresip(tmp_path / "phone") as phone:
        dial(phone, at, pin + "1")
        wait_until(lambda: patient_state(stage)[0] == ParticipantState.WAITING)
        phone.hang_up()
        wait_until(lambda: patient_state(stage)[0] == ParticipantState.OUTSIDE)
        dial(phone, at, pin + "1")
        wait_until(lambda: patient_state(stage)[0] == ParticipantState.WAITING)
        with acting_in(organization_id):
            admission.admit(actor=physician, visit=stage.visit, participant=telephone.patient_of(stage.visit))
        phone.hang_up()
        wait_until(lambda: last_call(organization_id).ended_at)
        assert patient_state(stage) == (ParticipantState.ADMITTED, Modality.VIDEO)
        dial(phone, at, pin + "1")
        wait_until(lambda: last_call(organization_id).ended_at is None)
        assert patient_state(stage) == (ParticipantState.ADMITTED, Modality.PHONE)
        with acting_in(organization_id):
            telephone.hang_up(actor=physician, visit=visit_of(stage))
        phone.wait_for("CALL_CLOSED", 3)
        wait_until(lambda: last_call(organization_id).ended_at)
    with acting_in(organization_id):
        segments = Segment.objects.filter(visit=stage.visit, participant__role="patient")
        assert [one.modality for one in segments] == ["phone", "phone"]
        assert all(one.ended_at for one in segments)


def test_the_caller_hears_words_and_the_worker_hears_the_caller(stage: Stage, tmp_path: Path) -> None:
    pin = pin_of(stage)
    with office(tmp_path) as at, baresip(tmp_path / "phone", hertz=523) as phone:
        phone.dial(NUMBER, at.port)
        phone.wait_for("CALL_ESTABLISHED")
        phone.wait_for_sound(1.5)
        words, _ = phone.last_heard(1.0)
        assert abs(words.astype(float)).max() > 1_000, "nobody speaks"
        phone.press(pin + "1")
        wait_until(lambda: patient_state(stage)[0] == ParticipantState.WAITING)
        heard: list[Samples] = []
        at.do(lambda: setattr(next(iter(at.worker._inside.values())).line, "hear", heard.append))
        wait_until(lambda: len(heard) > 60)
        assert loudest_hertz(np.concatenate(heard[-50:])) == pytest.approx(523, abs=6)


def test_confirming_and_cancelling_by_keys(stage: Stage, tmp_path: Path) -> None:
    organization_id = stage.people.organization.id
    pin = pin_of(stage)

    def row() -> Appointment:
        with acting_in(organization_id):
            assert stage.visit.appointment_id is not None
            return Appointment.objects.get(pk=stage.visit.appointment_id)

    with office(tmp_path) as at, baresip(tmp_path / "phone") as phone:
        dial(phone, at, pin + "2")
        wait_until(lambda: row().confirmed_at)
        phone.press("44")
        wait_until(lambda: row().status == "cancelled")
        phone.wait_for("CALL_CLOSED")
    with acting_in(organization_id):
        doors = set(AppointmentChange.objects.filter(appointment=row()).values_list("door", flat=True))
        assert doors == {"telephone"}


def test_guessing_closes_the_clinics_line_for_strangers_and_rings_an_alarm(stage: Stage) -> None:
    clinic = desk.clinic_at(NUMBER)
    assert clinic is not None
    for number in range(WRONG_MOST):
        checked = desk.check_pin(clinic, f"{number:08d}", f"caller-{number}")
        assert checked.known is None
    assert checked.is_locked
    assert desk.check_pin(clinic, pin_of(stage), "somebody else").is_locked
    cache.clear()
    assert desk.check_pin(clinic, pin_of(stage), "somebody else").known is not None


def test_a_number_that_is_nobodys_is_refused(stage: Stage, tmp_path: Path) -> None:
    with office(tmp_path) as at, baresip(tmp_path / "phone") as phone:
        phone.dial("+15125559999", at.port)
        phone.wait_for("CALL_CLOSED")
        assert at.worker.agent.counts["malformed"] == 0
        assert not [event for event in phone.events if event.get("type") == "CALL_ESTABLISHED"]
