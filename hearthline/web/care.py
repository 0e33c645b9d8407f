"""The patient's home: one thing to do today, then what else there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from hearthline.charting.access import records_for, summaries_for
from hearthline.charting.models import VisitSummary
from hearthline.charting.queries import VitalTrend, vital_trends
from hearthline.charting.results.access import own_reports_for
from hearthline.consults.access import consults_of_care
from hearthline.directory.access import Purpose, own_patient, patients_for
from hearthline.directory.models import Patient
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.messaging.access import threads_of_care
from hearthline.messaging.conversations import unread_count
from hearthline.monitoring.home.queries import next_task_of
from hearthline.monitoring.home.states import State, state_of
from hearthline.monitoring.readings.models import MonitoredPatient
from hearthline.scheduling.access import appointments_for
from hearthline.scheduling.models import Appointment
from hearthline.visits.choices import VisitState
from hearthline.visits.models import Visit
from hearthline.visits.rules import DOOR_OPENS_BEFORE

PEOPLE_LIMIT = 20
UPCOMING_LIMIT = 5
THREAD_LIMIT = 100
PREPARE_DAYS = 14


@dataclass(frozen=True)
class Today:
    """The one thing to do: a sentence, the button, and which kind of thing it is (join, prepare, wait, none)."""

    kind: str
    title: str
    action: str
    url: str
    appointment: Appointment | None = None


@dataclass(frozen=True)
class Home:
    """What the patient's home shows."""

    patient: Patient
    is_own: bool
    today: Today
    upcoming: Sequence[Appointment]
    summary: VisitSummary | None
    unread_summaries: int
    unread_results: int
    unread_messages: int
    vitals: Sequence[VitalTrend]
    may_see_record: bool
    wanted_photos: int  # that specialists wait for
    state: State | None  # of somebody who measures at home

    @property
    def is_monitored(self) -> bool:
        """Whether readings from home come in."""
        return self.state is not None


def people_of(actor: Actor) -> list[Patient]:
    """Return the patients this person comes here for: themselves, and those they care for."""
    reached = (
        patients_for(actor, Purpose.VISITS)
        | patients_for(actor, Purpose.BOOKING)
        | patients_for(actor, Purpose.MESSAGES)
        | patients_for(actor, Purpose.RECORD)
    )
    own_first = Patient.objects.filter(pk__in=reached.values("pk")).order_by(
        "family_name", "given_names", "id"
    )
    return list(own_first[:PEOPLE_LIMIT])


def home_for(actor: Actor, patient: Patient) -> Home:
    """Return the home of a patient whom the actor is or cares for."""
    now = clock.now()
    own = own_patient(actor)
    upcoming = list(
        appointments_for(actor)
        .filter(patient=patient, status__in=["booked", "arrived"], ends_at__gt=now - timedelta(hours=1))
        .select_related("practitioner", "service", "site", "visit")
        .order_by("starts_at")[:UPCOMING_LIMIT]
    )
    may_see_record = records_for(actor).filter(pk=patient.pk).exists()
    summaries = summaries_for(actor).filter(encounter__patient=patient).order_by("-released_at")
    monitored = (
        MonitoredPatient.objects.filter(patient=patient).select_related("patient", "organization").first()
        if may_see_record
        else None
    )
    state = state_of(monitored) if monitored is not None else None
    return Home(
        patient=patient,
        is_own=own is not None and own.pk == patient.pk,
        today=_today(upcoming, monitored, state),
        state=state,
        upcoming=upcoming,
        summary=summaries.first() if may_see_record else None,
        unread_summaries=summaries.filter(first_read_at__isnull=True).count() if may_see_record else 0,
        unread_results=_unread_results(actor, patient),
        unread_messages=_unread_messages(actor, patient),
        vitals=vital_trends(patient)[:3] if may_see_record else [],
        may_see_record=may_see_record,
        wanted_photos=_wanted_photos(actor, patient) if may_see_record else 0,
    )


def _unread_results(actor: Actor, patient: Patient) -> int:
    new = own_reports_for(actor).filter(patient=patient, first_read_by_patient_at__isnull=True)
    return new.count()


def _wanted_photos(actor: Actor, patient: Patient) -> int:
    waiting = consults_of_care(actor).filter(patient=patient, status="waiting", asked_by=actor.user_id)
    return waiting.filter(wanted_photos__is_request=True, wanted_photos__met_at__isnull=True).count()


def _unread_messages(actor: Actor, patient: Patient) -> int:
    threads = threads_of_care(actor).filter(patient=patient).values_list("id", flat=True)
    return sum(unread_count(actor, list(threads[:THREAD_LIMIT])).values())


def _today(upcoming: Sequence[Appointment], monitored: MonitoredPatient | None, state: State | None) -> Today:
    now = clock.now()
    for appointment in upcoming:
        visit: Visit | None = getattr(appointment, "visit", None)
        if visit is None or not visit.is_open:
            continue
        door = reverse("visits:enter", args=[visit.id])
        if visit.state in (VisitState.WAITING, VisitState.IN_PROGRESS):
            return Today("join", _("Your visit is open"), _("Go back in"), door, appointment)
        if appointment.starts_at - DOOR_OPENS_BEFORE <= now:
            return Today("join", _("Your visit is about to start"), _("Join"), door, appointment)
        if appointment.starts_at <= now + timedelta(days=PREPARE_DAYS):
            return Today(
                "prepare",
                _("Your next visit"),
                _("Get ready"),
                reverse("visits:prepare", args=[visit.id]),
                appointment,
            )
    if monitored is not None and state is not None and (state.standing.is_red or state.again is not None):
        place = reverse("home:today_of", args=[monitored.patient_id])
        return Today("measure", _("First do what it says above."), _("Your readings from home"), place)
    task = next_task_of(monitored) if monitored is not None else None
    if task is not None and monitored is not None:
        return Today(
            "measure",
            _("%(what)s: time to measure") % {"what": task.kind.label},
            _("Take your reading"),
            reverse("home:today_of", args=[monitored.patient_id]),
        )
    if upcoming:
        return Today("wait", _("Your next visit"), "", "", upcoming[0])
    return Today("none", _("Nothing to do today: good"), _("Book a visit"), reverse("scheduling:book"))
