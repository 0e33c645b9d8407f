"""Questions to specialists in every state, played with the services that people use; two are answered elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time, timedelta
from io import BytesIO
from typing import Any

from hearthline.charting.results.models import Report
from hearthline.consults.models import Agreement, Consult, Desk, Opinion
from hearthline.consults.rules.states import Status
from hearthline.consults.services import (
    answering,
    asking,
    assigning,
    attaching,
    closing,
    critical,
    desks,
    reading,
)
from hearthline.consults.specialties import SPECIALTIES
from hearthline.demo.clinic import Clinic, Neighbour, actor_of
from hearthline.demo.photos import draw_skin
from hearthline.directory.models import Patient, PatientAccount
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.imaging.dicom.models import Study
from hearthline.imaging.intake.choices import BodySite, Laterality, Source, View
from hearthline.imaging.intake.examination import examine
from hearthline.imaging.intake.models import File
from hearthline.imaging.intake.services import Description, receive_file
from hearthline.tenancy.context import acting_in

ALL_DAYS = list(range(7))
FACTS = {
    "site": "Left forearm",
    "side": "left",
    "since": "Three weeks",
    "change": "A little larger, no bleeding",
    "itch": "no",
    "tried": "Nothing yet",
}
ANSWER = {
    "findings": "Brown patch of 6 mm, even colour, smooth border.",
    "assessment": "Most likely a harmless mole.",
    "plan": "Look again in three months with the same scale. Refer if it grows, bleeds or changes colour.",
}


@dataclass
class Stage:
    """Who takes part."""

    clinic: Clinic
    neighbour: Neighbour

    @contextmanager
    def acting(self, key: str, hours_ago: float) -> Iterator[Actor]:
        """Act as one of the people, some hours ago."""
        is_outside = key in self.neighbour.memberships
        membership = (self.neighbour if is_outside else self.clinic).memberships[key]
        speaking = acting_in(membership.organization_id, membership.user_id)
        with clock.frozen(clock.now() - timedelta(hours=hours_ago)), speaking:
            yield actor_of(membership, membership.user.name)


def fill_consults(clinic: Clinic, neighbour: Neighbour, patients: list[Patient]) -> None:
    """Set up desks and the agreement, and play each case to its state; once."""
    with acting_in(clinic.organization.id):
        if Desk.objects.filter(organization_id=clinic.organization.id).exists():
            return
    stage = Stage(clinic, neighbour)
    agreement = _set_up(stage)
    for number, (state, play) in enumerate(STATES.items()):
        patient = patients[3 + number]
        consult = _ask(stage, patient, number, state)
        play(stage, consult, agreement)
    _ask_themselves(stage, patients)


def _set_up(stage: Stage) -> Agreement:
    clinic, neighbour = stage.clinic, stage.neighbour
    people = [clinic.memberships[key].user_id for key in ("june", "ines")]
    with acting_in(clinic.organization.id):
        for code, key in (("dermatology", "tomas"), ("cardiology", "yusuf")):
            desk = _desk(code, clinic.organization.zone, is_open_to_patients=code == "dermatology")
            reader = clinic.practitioners[key]
            desks.save_desk(clinic.administrator, desk=desk, readers=[reader], people=people)
        agreement = desks.propose(
            clinic.administrator, answering=neighbour.organization, specialty="dermatology"
        )
    with acting_in(neighbour.organization.id, neighbour.administrator.user_id):
        desk = _desk("dermatology", neighbour.organization.zone)
        desks.save_desk(neighbour.administrator, desk=desk, readers=[neighbour.specialist], people=[])
        desks.accept(neighbour.administrator, agreement=agreement)
    return agreement


def _desk(code: str, zone: str, **values: Any) -> Desk:
    targets = {f"{key}_minutes": minutes for key, minutes in SPECIALTIES[code].target_minutes.items()}
    hours = {"opens": time(7, 0), "closes": time(20, 0), "weekdays": ALL_DAYS}
    return Desk(specialty=code, zone=zone, **hours, **targets, **values)


def _begin(actor: Actor, patient: Patient, question: str, specialty: str, **facts: str) -> Consult:
    flags = SPECIALTIES[specialty].flags()
    consult = asking.begin_question(
        actor,
        patient=patient,
        specialty=specialty,
        flags=flags,
        answers={flag.code: False for flag in flags},
    )
    return asking.save_question(actor, consult=consult, question=question, facts=facts, urgency="soon")


def _photograph(actor: Actor, consult: Consult, number: int) -> None:
    """Two photos as the guided capture sends them, examined and given with the case; one in three is not sharp."""
    for view, close in ((View.REGIONAL, False), (View.SCALE, True)):
        is_blurred = not close and number % 3 == 0
        file = receive_file(
            actor,
            patient=consult.patient,
            stream=BytesIO(draw_skin(number * 2 + close, close=close, is_blurred=is_blurred)),
            source=Source.FORM,
            key=f"demo {consult.pk} {view}",
            description=Description(
                body_site=BodySite.ARM, laterality=Laterality.LEFT, view=view, is_sent_anyway=is_blurred
            ),
        )
        examine(file.organization_id, file.pk)
        attaching.attach_received(actor, consult=consult, file=File.objects.get(pk=file.pk))


def share_records(clinic: Clinic, neighbour: Neighbour) -> None:
    """Give the newest X-ray and result of the patient with each case that is being read, unless they are given."""
    stage = Stage(clinic, neighbour)
    with acting_in(clinic.organization.id):
        cases = list(
            Consult.objects.filter(specialty="dermatology", is_by_patient=False, status=Status.READING)
        )
    for case in cases:
        with stage.acting("amara", 0) as actor:
            study = (
                Study.objects.filter(patient=case.patient, instance_count__gt=0)
                .order_by("-study_date")
                .first()
            )
            report = (
                Report.objects.filter(patient=case.patient).order_by("-is_critical", "-issued_at").first()
            )
            attaching.attach_all(
                actor, consult=case, objects=[one for one in (study, report) if one is not None]
            )


def _ask(stage: Stage, patient: Patient, number: int, state: str) -> Consult:
    hours_ago = 40.0 if state in {"late", "closed", "told", "final"} else 9.0
    is_heart = state == "asked"
    with stage.acting("amara", hours_ago) as actor:
        if is_heart:
            facts = {"complaint": "Skipped beats in the evening", "since": "May", "pressure": "128/82, 70"}
            consult = _begin(
                actor, patient, "Is a Holter needed?", "cardiology", **facts, tried="Less coffee"
            )
        else:
            consult = _begin(actor, patient, "Can this wait, or should she be seen?", "dermatology", **FACTS)
            _photograph(actor, consult, number)
        if state == "draft":
            return consult
        outside = state in {"elsewhere", "answered elsewhere", "asked", "declined"}
        Desk.objects.get(specialty=consult.specialty, organization_id=consult.organization_id).readers.update(
            is_available=not outside
        )
        told = {"told_by_name": actor.name, "patient_told_at": clock.now(), "shares_record": True}
        return asking.ask(actor, consult=consult, **told)  # type: ignore[arg-type]


def _begin_reading(stage: Stage, consult: Consult, reader: str = "tomas", hours_ago: float = 6) -> None:
    with stage.acting(reader, hours_ago) as actor:
        case = reading.begin(actor, consult=Consult.objects.get(pk=consult.pk))
        for file in case.attachments.all():
            reading.note_opened(actor, attachment=file)
    for minute in range(12):
        with stage.acting(reader, hours_ago - minute / 120) as actor:
            reading.count(actor, consult=case, seconds=30)


def _sign(
    stage: Stage, consult: Consult, kind: Opinion.Kind, reader: str = "tomas", hours_ago: float = 5
) -> None:
    with stage.acting(reader, hours_ago) as actor:
        case = Consult.objects.get(pk=consult.pk)
        draft = answering.start_draft(actor, consult=case)
        kept = answering.save_draft(
            actor, consult=case, text=ANSWER, has_spoken=False, revision=draft.revision
        )
        answering.sign(actor, consult=case, kind=kind, revision=kept.revision)


def _nothing(_stage: Stage, _consult: Consult, _agreement: Agreement) -> None:
    """It stays as it was asked."""


def _draft_answer(stage: Stage, consult: Consult, _agreement: Agreement) -> None:
    _begin_reading(stage, consult)
    with stage.acting("tomas", 1) as actor:
        case = Consult.objects.get(pk=consult.pk)
        draft = answering.start_draft(actor, consult=case)
        answering.save_draft(actor, consult=case, text=ANSWER, has_spoken=False, revision=draft.revision)


def _wait(stage: Stage, consult: Consult, _agreement: Agreement) -> None:
    _begin_reading(stage, consult, hours_ago=6.4)
    with stage.acting("tomas", 4) as actor:
        words = "A closer photo of the upper border, in daylight, please."
        reading.ask_more(actor, consult=consult, text=words, photo=CLOSER)


def _preliminary(stage: Stage, consult: Consult, _agreement: Agreement) -> None:
    _begin_reading(stage, consult, hours_ago=6.8)
    _sign(stage, consult, Opinion.Kind.PRELIMINARY)
    with stage.acting("tomas", 4.5) as actor:
        case = Consult.objects.get(pk=consult.pk)
        words = "Uneven border and three colours: melanoma has to be ruled out."
        critical.find_critical(actor, consult=case, finding=words, urgency="hours")  # type: ignore[arg-type]


def _final(stage: Stage, consult: Consult, _agreement: Agreement) -> None:
    _begin_reading(stage, consult, hours_ago=36)
    _sign(stage, consult, Opinion.Kind.FINAL, hours_ago=35)


def _told(stage: Stage, consult: Consult, agreement: Agreement) -> None:
    _final(stage, consult, agreement)
    with stage.acting("amara", 30) as actor:
        closing.tell_patient(actor, consult=Consult.objects.get(pk=consult.pk), how="phone")


def _closed(stage: Stage, consult: Consult, agreement: Agreement) -> None:
    _told(stage, consult, agreement)
    with stage.acting("amara", 29) as actor:
        case = Consult.objects.get(pk=consult.pk)
        closing.close(actor, consult=case, next_step="watch", referral="avoided", comment="Thank you!")


def _decline(stage: Stage, consult: Consult, _agreement: Agreement) -> None:
    with stage.acting("june", 5) as actor:
        words = "The rash has healed; the photos show nothing to read."
        assigning.decline(actor, consult=Consult.objects.get(pk=consult.pk), reason=words)


def _withdraw(stage: Stage, consult: Consult, _agreement: Agreement) -> None:
    with stage.acting("amara", 5) as actor:
        words = "She saw a dermatologist yesterday."
        assigning.withdraw(actor, consult=Consult.objects.get(pk=consult.pk), reason=words)


def _elsewhere(stage: Stage, consult: Consult, agreement: Agreement) -> None:
    with stage.acting("june", 8) as actor:
        assigning.grant_case(actor, consult=consult, agreement_id=agreement.pk)
    other = stage.neighbour.organization.id
    with clock.frozen(clock.now() - timedelta(hours=7.5)), acting_in(other):
        assigning.assign_by_itself(Consult.objects.get(pk=consult.pk), other)
    _begin_reading(stage, consult, "noor")


def _answered_elsewhere(stage: Stage, consult: Consult, agreement: Agreement) -> None:
    _elsewhere(stage, consult, agreement)
    _sign(stage, consult, Opinion.Kind.FINAL, "noor", 3)


Play = Callable[[Stage, Consult, Agreement], None]
STATES: dict[str, Play] = {
    "draft": _nothing,
    "elsewhere": _elsewhere,
    "asked": _nothing,
    "late": _nothing,
    "assigned": _nothing,
    "reading": _draft_answer,
    "waiting": _wait,
    "preliminary": _preliminary,
    "final": _final,
    "told": _told,
    "closed": _closed,
    "declined": _decline,
    "withdrawn": _withdraw,
    "answered elsewhere": _answered_elsewhere,
}
OWN_QUESTIONS = {
    "es": "Me salió esta mancha en el brazo. ¿Es peligrosa?",
    "ar": "ظهرت هذه البقعة على ذراعي. هل هي خطيرة؟",
}
OWN_FACTS = {
    "es": {"site": "Brazo izquierdo", "since": "Hace un mes", "change": "Creció un poco", "tried": "Nada"},
    "ar": {"site": "الذراع الأيسر", "since": "منذ شهر", "change": "كبرت قليلا", "tried": "لا شيء"},
}
OWN_REQUEST = {"es": "Envíe, por favor, una foto más de cerca con luz de día."}
CLOSER = {"body_site": "arm", "laterality": "L", "view": "close"}
OWN_ANSWER = {
    "findings": "بقعة بنية صغيرة بلون متساو وحدود ناعمة.",
    "assessment": "على الأرجح شامة غير ضارة.",
    "plan": "انظر إليها مرة أخرى بعد ثلاثة أشهر. اتصل بنا إذا كبرت أو نزفت.",
}


def _ask_themselves(stage: Stage, patients: list[Patient]) -> None:
    """Rosa is asked for another photo; Layla has her answer."""
    for number, patient in enumerate((patients[0], patients[2]), start=90):
        consult = _ask_oneself(stage, patient, number)
        _begin_reading(stage, consult)
        with stage.acting("tomas", 3) as actor:
            case = Consult.objects.get(pk=consult.pk)
            if patient.language in OWN_REQUEST:
                reading.ask_more(actor, consult=case, text=OWN_REQUEST[patient.language], photo=CLOSER)
                continue
            draft = answering.start_draft(actor, consult=case)
            kept = answering.save_draft(
                actor, consult=case, text=OWN_ANSWER, has_spoken=False, revision=draft.revision
            )
            answering.sign(actor, consult=case, kind=Opinion.Kind.FINAL, revision=kept.revision)


def _ask_oneself(stage: Stage, patient: Patient, number: int) -> Consult:
    with acting_in(stage.clinic.organization.id):
        account = PatientAccount.objects.get(patient=patient, ended_at__isnull=True)
        membership = Membership.objects.get(
            user_id=account.user_id, organization_id=stage.clinic.organization.id
        )
        desk = Desk.objects.get(organization_id=stage.clinic.organization.id, specialty="dermatology")
        desk.readers.update(is_available=True)
    with (
        clock.frozen(clock.now() - timedelta(hours=8)),
        acting_in(membership.organization_id, membership.user_id),
    ):
        actor = actor_of(membership, patient.full_name)
        facts = {**OWN_FACTS[patient.language], "side": "left", "itch": "no"}
        consult = _begin(actor, patient, OWN_QUESTIONS[patient.language], "dermatology", **facts)
        _photograph(actor, consult, number)
        told = {"told_by_name": actor.name, "patient_told_at": clock.now(), "shares_record": True}
        asking.ask(actor, consult=consult, **told)  # type: ignore[arg-type]
    with stage.acting("june", 7.9) as coordinator:
        waiting = Consult.objects.get(pk=consult.pk)
        if waiting.assignee_id is None:
            user_id = stage.clinic.memberships["tomas"].user_id
            words = "Her interpreter reads the answer with her."
            assigning.assign(coordinator, consult=waiting, user_id=user_id, reason=words)
    return consult
