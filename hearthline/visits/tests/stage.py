"""A patient who is ready for a visit today, and the clinician who gives it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hearthline.directory.models import CareRelationship, Practitioner
from hearthline.foundation import clock
from hearthline.scheduling.tests import stage as scheduling_stage
from hearthline.visits.access import participant_for
from hearthline.visits.choices import Question
from hearthline.visits.models import Join, Participant, Visit
from hearthline.visits.services.admission import admit
from hearthline.visits.services.lifecycle import visit_for_appointment
from hearthline.visits.services.preparation import answer_question
from hearthline.visits.services.room import join_room
from tests.people import People, Person

LOCATION = {
    "jurisdiction": "US-TX",
    "place": "12 Cedar Street, Austin",
    "call_back_number": "+15125550134",
    "may_call_when_lost": True,
}


@dataclass
class Stage:
    """Rows of one visit."""

    people: People
    visit: Visit
    practitioner: Practitioner

    def participant(self, person: Person) -> Participant:
        return participant_for(person.actor, self.visit)

    def join(self, person: Person, tab: str = "one") -> Join:
        return join_room(actor=person.actor, visit=self.visit, participant=self.participant(person), tab=tab)

    def admit_patient(self) -> bool:
        return admit(
            actor=self.people.physician.actor,
            visit=self.visit,
            participant=self.participant(self.people.patient),
        )

    def begin(self) -> tuple[Join, Join]:
        """Both are in; return the clinician's and the patient's join."""
        clinician, patient = self.join(self.people.physician), self.join(self.people.patient)
        self.admit_patient()
        return Join.objects.get(pk=clinician.pk), Join.objects.get(pk=patient.pk)


def make_visit(people: People, *, is_ready: bool = True, **values: Any) -> Stage:
    booked = scheduling_stage.make_stage(people)
    starts_at = clock.now() + timedelta(minutes=5)
    appointment = scheduling_stage.make_row(booked, starts_at, **values)
    CareRelationship.objects.create(
        organization_id=people.organization.id,
        patient=booked.patient,
        practitioner=booked.practitioner,
        source=CareRelationship.Source.APPOINTMENT,
        source_id=appointment.pk,
    )
    visit = visit_for_appointment(appointment)
    assert visit is not None
    if is_ready:
        prepare(people, visit)
    return Stage(people, visit, booked.practitioner)


def prepare(people: People, visit: Visit) -> None:
    actor = people.patient.actor
    answer_question(actor=actor, visit=visit, question=Question.LOCATION, answer=LOCATION)
    answer_question(
        actor=actor, visit=visit, question=Question.CONSENT, answer={"text": "Care by video, 1, en"}
    )
    visit.refresh_from_db()
