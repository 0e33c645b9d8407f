"""Reads for pages: the waiting room, today's visits, preparation, people and files of one visit."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import get_language

from hearthline.charting.models import Note, VisitSummary
from hearthline.directory.models import ConsentText, Practitioner
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.roles import CLINICIAN_ROLES
from hearthline.tenancy.models import Organization
from hearthline.visits import rules
from hearthline.visits.access import asked_into, visits_for
from hearthline.visits.choices import ParticipantRole, ParticipantState, Question, VisitState
from hearthline.visits.models import DeviceCheck, Join, Participant, Still, Visit
from hearthline.visits.services.preparation import answers_of

WAITING_MOST = 100
PATIENT_ROLES = (ParticipantRole.PATIENT, ParticipantRole.CAREGIVER)


@dataclass(frozen=True)
class Task:
    """One line of getting ready."""

    question: Question
    is_done: bool
    url: str


@dataclass(frozen=True)
class PreparationPage:
    """How far the patient has come."""

    answers: dict[str, dict[str, Any]]
    tasks: list[Task]
    is_checked: bool

    @property
    def done(self) -> int:
        """How many questions are answered."""
        return sum(task.is_done for task in self.tasks)

    @property
    def following(self) -> Question | None:
        """The question to go on with."""
        return rules.next_question(frozenset(self.answers))


@dataclass(frozen=True)
class VisitRow:
    """One visit in a list: who, when, how ready, and what is missing, for words on a page."""

    visit_id: UUID
    appointment_id: UUID | None
    patient_id: UUID
    patient_name: str
    practitioner_id: UUID
    practitioner_name: str
    starts_at: datetime
    state: VisitState
    modality: str
    waiting_since: datetime | None
    is_connected: bool
    wants_call: bool
    questions_done: int
    questions_all: int
    is_device_checked: bool
    missing: list[Question] = field(default_factory=list)
    call_back_number: str = ""

    @property
    def minutes_waiting(self) -> int:
        """For how long the patient has been waiting."""
        if self.waiting_since is None:
            return 0
        return int((clock.now() - self.waiting_since).total_seconds() // 60)

    @property
    def room_url(self) -> str:
        """Where the clinician opens the visit."""
        return reverse("visits:clinician_room", args=[self.visit_id])


def preparation_page(visit: Visit) -> PreparationPage:
    """Return the answers and tasks of getting ready."""
    answers = answers_of(visit)
    tasks = [
        Task(one, one.value in answers, reverse("visits:question", args=[visit.pk, one.value]))
        for one in Question
    ]
    return PreparationPage(answers, tasks, DeviceCheck.objects.filter(visit=visit).exists())


def consent_text_for(visit: Visit, actor: Actor) -> ConsentText | None:
    """Return the consent text in force, in the reader's language if there is one, else in English."""
    texts = ConsentText.objects.filter(kind="telehealth", published_at__isnull=False)
    if not settings.IS_DEMO:
        texts = texts.filter(is_reviewed=True)
    for language in (get_language() or "en", visit.patient.language, "en"):
        text = texts.filter(language=language).order_by("-version").first()
        if text is not None:
            return text
    return None


def stills_of(visit: Visit) -> QuerySet[Still]:
    """Return the stills of a visit that were not taken back, with what is needed to show them."""
    return Still.objects.filter(visit=visit, removed_at__isnull=True).select_related(
        "file", "participant", "consent__text"
    )


def summary_url(visit: Visit) -> str:
    """Return where the patient reads the summary of a visit, or an empty text before it is released."""
    if visit.encounter_id is None:
        return ""
    summary = VisitSummary.objects.filter(encounter_id=visit.encounter_id, released_at__isnull=False).first()
    return reverse("charting:summary", args=[summary.pk]) if summary else ""


def has_signed_note(visit: Visit) -> bool:
    """Return whether a note of the visit is signed."""
    if visit.encounter_id is None:
        return False
    return Note.objects.filter(encounter_id=visit.encounter_id, status=Note.Status.SIGNED).exists()


def colleagues_to_ask(actor: Actor, visit: Visit) -> QuerySet[Practitioner]:
    """Return the clinicians of the clinic who could be asked into a visit: not oneself, not who is in it."""
    inside = Participant.objects.filter(visit=visit, user__isnull=False)
    inside = inside.exclude(state__in=[ParticipantState.OUTSIDE, ParticipantState.REMOVED])
    practitioners = Practitioner.objects.filter(
        organization_id=visit.organization_id,
        is_active=True,
        membership__roles__overlap=[role.value for role in CLINICIAN_ROLES],
    )
    practitioners = practitioners.exclude(membership__user_id__in=inside.values("user_id"))
    if actor.membership_id is not None:
        practitioners = practitioners.exclude(membership_id=actor.membership_id)
    return practitioners.select_related("membership")


def waiting_room(actor: Actor) -> list[VisitRow]:
    """Return who waits for the actor's team now, longest first; those who left to be called back come too."""
    visits = visits_for(actor).filter(
        Q(state=VisitState.WAITING)
        | Q(call_wanted_at__isnull=False, called_at__isnull=True, state__in=rules.OPEN_STATES)
    )
    rows = _rows(visits.order_by("arrived_at", "starts_at")[:WAITING_MOST])
    return sorted(rows, key=lambda row: row.waiting_since or row.starts_at)


def todays_visits(actor: Actor, zone: str = "") -> list[VisitRow]:
    """Return today's visits in the clinic's zone: own ones and where one was asked in; everybody's for navigators."""
    zone = zone or Organization.objects.values_list("zone", flat=True).get(pk=actor.organization_id)
    start = clock.now().astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    visits = visits_for(actor).filter(starts_at__gte=start, starts_at__lt=start + timedelta(days=1))
    if actor.is_clinician and actor.membership_id is not None:
        mine = Q(practitioner__membership_id=actor.membership_id) | Q(pk__in=asked_into(actor))
        visits = visits.filter(mine)
    return _rows(visits.order_by("starts_at"))


def visits_of_appointments(actor: Actor, appointment_ids: list[UUID]) -> dict[UUID, VisitRow]:
    """Return the visits of some appointments, by appointment, for lists that scheduling composes."""
    rows = _rows(visits_for(actor).filter(appointment_id__in=appointment_ids))
    return {row.appointment_id: row for row in rows if row.appointment_id is not None}


def _rows(visits: QuerySet[Visit]) -> list[VisitRow]:
    patient_joins = Join.objects.filter(closed_at__isnull=True, participant__role__in=PATIENT_ROLES)
    loaded = visits.select_related("patient", "practitioner").prefetch_related(
        "answers",
        "device_checks",
        "participants",
        Prefetch("joins", patient_joins, to_attr="patient_joins"),
    )
    return [_row(visit) for visit in loaded]


def _row(visit: Visit) -> VisitRow:
    answered = frozenset(answer.question for answer in visit.answers.all())
    waiting = [
        one
        for one in visit.participants.all()
        if one.role in PATIENT_ROLES and one.state == ParticipantState.WAITING
    ]
    joins: list[Join] = getattr(visit, "patient_joins", [])
    return VisitRow(
        visit_id=visit.pk,
        appointment_id=visit.appointment_id,
        patient_id=visit.patient_id,
        patient_name=visit.patient.full_name,
        practitioner_id=visit.practitioner_id,
        practitioner_name=visit.practitioner.full_name,
        starts_at=visit.starts_at,
        state=VisitState(visit.state),
        modality=visit.planned_modality,
        waiting_since=min((one.waiting_since for one in waiting if one.waiting_since), default=None),
        is_connected=any(join.lost_at is None for join in joins),
        wants_call=visit.call_wanted_at is not None and visit.called_at is None,
        questions_done=len(answered),
        questions_all=len(Question),
        is_device_checked=bool(visit.device_checks.all()),
        missing=rules.missing_at_the_door(answered),
        call_back_number=visit.call_back_number,
    )
