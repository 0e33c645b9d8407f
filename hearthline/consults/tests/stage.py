"""Two organizations and a case: who asks, who answers at home, and who answers elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

from hearthline.consults.models import Agreement, Consult, Desk, Grant, Opinion
from hearthline.consults.services import answering, asking, assigning, attaching, desks, reading
from hearthline.consults.specialties import SPECIALTIES
from hearthline.directory.models import Licence, Patient, Practitioner, PractitionerLanguage
from hearthline.directory.tests.stage import make_practitioner, own_patient, treat
from hearthline.foundation import clock
from hearthline.foundation.blobs import store
from hearthline.identity.roles import Role
from hearthline.tenancy.context import acting_in
from tests.people import People, Person, make_person

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 09:00 in Chicago, a working day
FACTS = {
    "site": "Left forearm",
    "side": "left",
    "since": "3 weeks",
    "change": "Grows",
    "itch": "no",
    "tried": "Nothing",
}


@dataclass
class CaseStage:
    """People, the patient, the desks, and the agreement by which the other organization answers."""

    people: People
    patient: Patient
    desk: Desk
    outside: Person  # specialist of the other organization
    other_desk: Desk
    agreement: Agreement

    @property
    def asker(self) -> Person:
        return self.people.physician

    @property
    def reader(self) -> Person:
        return self.people.specialist


@contextmanager
def as_person(person: Person) -> Iterator[Any]:
    """Speak for a person's organization, and for the person: their drafts are theirs."""
    with acting_in(person.membership.organization_id, person.user.id):
        yield person.actor


def license_for(practitioner: Practitioner, jurisdiction: str) -> None:
    Licence.objects.get_or_create(
        organization_id=practitioner.organization_id,
        practitioner=practitioner,
        jurisdiction=jurisdiction,
        defaults={"number": "T-1", "valid_from": date(2020, 1, 1), "valid_until": date(2099, 1, 1)},
    )
    for language in ("en", "es"):
        PractitionerLanguage.objects.get_or_create(
            organization_id=practitioner.organization_id, practitioner=practitioner, language=language
        )


def make_desk(person: Person, *readers: Practitioner, people: tuple[Person, ...] = (), **values: Any) -> Desk:
    desk = Desk(
        **{
            "specialty": "dermatology",
            "zone": "America/Chicago",
            "weekdays": [0, 1, 2, 3, 4],
            "is_open_to_patients": True,
            "urgent_minutes": 240,
            "soon_minutes": 540,
            "routine_minutes": 1620,
            **values,
        }
    )
    return desks.save_desk(person.actor, desk=desk, readers=readers, people=[one.user.id for one in people])


def make_stage(people: People) -> CaseStage:
    patient = own_patient(people, birth_date=date(1958, 3, 4), language="es")
    treat(patient, make_practitioner(people.physician))
    reader = make_practitioner(people.specialist, "Varga")
    license_for(reader, "US-TX")
    desk = make_desk(people.administrator, reader, people=(people.navigator, people.nurse))
    with acting_in(people.other_organization.id):
        outside = make_person(people.other_organization, "Dr. Noor Halabi", Role.SPECIALIST)
        boss = make_person(people.other_organization, "Ada Quist", Role.ADMINISTRATOR)
        elsewhere = make_practitioner(outside, "Halabi")
        license_for(elsewhere, "US-TX")
        other_desk = make_desk(boss, elsewhere, zone="America/New_York")
    agreement = desks.propose(
        people.administrator.actor, answering=people.other_organization, specialty="dermatology"
    )
    with as_person(boss):
        desks.accept(boss.actor, agreement=Agreement.objects.get(pk=agreement.pk))
    return CaseStage(people, patient, desk, outside, other_desk, Agreement.objects.get(pk=agreement.pk))


def clear(specialty: str = "dermatology") -> dict[str, bool]:
    return {flag.code: False for flag in SPECIALTIES[specialty].flags()}


def begin_question(stage: CaseStage, **values: Any) -> Consult:
    """A question of the physician that has passed the red-flag screen."""
    consult = asking.begin_question(
        stage.asker.actor,
        patient=stage.patient,
        specialty="dermatology",
        flags=SPECIALTIES["dermatology"].flags(),
        answers=clear(),
        other_matter=values.pop("other_matter", ""),
    )
    return asking.save_question(
        stage.asker.actor,
        consult=consult,
        question=values.pop("question", "Melanoma, or can we wait?"),
        facts=FACTS,
        urgency=values.pop("urgency", "routine"),
    )


def ask(stage: CaseStage, **values: Any) -> Consult:
    """A case that was asked, with one photo; it is with the reader at home, unless nobody is available."""
    consult = begin_question(stage, **values)
    content = f"a drawn photo {consult.pk}".encode()
    blob = store(consult.organization_id, BytesIO(content), "image/jpeg")
    attaching.attach_file(
        stage.asker.actor,
        consult=consult,
        title="Forearm",
        content_type="image/jpeg",
        sha256=blob.sha256,
        size_bytes=blob.size,
    )
    return asking.ask(
        stage.asker.actor,
        consult=consult,
        told_by_name="Dr. Amara Lindqvist",
        patient_told_at=clock.now() - timedelta(minutes=5),
        shares_record=True,
    )


def ask_unassigned(stage: CaseStage, **values: Any) -> Consult:
    """As ``ask``, with nobody at home who could take it."""
    stage.desk.readers.update(is_available=False)
    return ask(stage, **values)


def grant(stage: CaseStage, consult: Consult) -> Grant:
    """Give a case to the other organization, and have its specialist get it there as the job does."""
    made = assigning.grant_case(
        stage.people.navigator.actor, consult=consult, agreement_id=stage.agreement.pk
    )
    with acting_in(stage.people.other_organization.id):
        assigning.assign_by_itself(Consult.objects.get(pk=consult.pk), stage.people.other_organization.id)
    return made


def draft(consult: Consult, person: Person, **text: str) -> Opinion:
    """Write a draft as the reader; the transaction speaks for the person."""
    opened = answering.start_draft(person.actor, consult=consult)
    return answering.save_draft(
        person.actor,
        consult=consult,
        text={"findings": "Even border", "assessment": "Benign", "plan": "Look again in 3 months", **text},
        has_spoken=False,
        revision=opened.revision,
    )


def answer(
    consult: Consult, person: Person, kind: Opinion.Kind = Opinion.Kind.FINAL, **values: Any
) -> Opinion:
    """Read a case and sign an answer as its reader."""
    with as_person(person):
        consult = Consult.objects.get(pk=consult.pk)
        if consult.status == "assigned":
            consult = reading.begin(person.actor, consult=consult)
        written = draft(consult, person)
        return answering.sign(person.actor, consult=consult, kind=kind, revision=written.revision, **values)
