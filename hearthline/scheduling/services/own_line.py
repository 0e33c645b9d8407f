"""Joining the line oneself: the answers of a draft become a place."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.scheduling import errors
from hearthline.scheduling.access import get_bookable_patient_for
from hearthline.scheduling.lines import (
    choose_site,
    get_open_places,
    get_opening,
    list_open_sites,
    list_waiting,
)
from hearthline.scheduling.locks import take_turn
from hearthline.scheduling.models import Appointment, BookingDraft, Mode, Service, WalkInEntry
from hearthline.scheduling.rules.states import ACTIVE
from hearthline.scheduling.services.drafts import bookable_services
from hearthline.scheduling.services.walk_ins import join_queue, leave_queue
from hearthline.tenancy.models import Site

FROM_AFAR = (Mode.VIDEO.value, Mode.PHONE.value, Mode.AUDIO.value)
SOON = timedelta(minutes=30)
ANSWERS_VALID = timedelta(hours=1)  # red flags and the place are asked of now, not of this morning


def lines_for(actor: Actor, draft: BookingDraft) -> QuerySet[Service]:
    """The services whose line this person may join by themselves, open or not."""
    return bookable_services(actor, draft).filter(takes_walk_ins=True, modes__overlap=list(FROM_AFAR))


@dataclass(frozen=True, slots=True)
class Line:
    """One line as people see it before they join: how many wait in the shortest one, or when it opens."""

    name: str
    is_open: bool
    waiting: int
    opens_at: datetime | None


def list_lines(actor: Actor, draft: BookingDraft) -> list[Line]:
    """What a person is told of the lines they may join, the open ones first."""
    lines = []
    for service in lines_for(actor, draft):
        sites = list_open_sites(service)
        waiting = min((len(list_waiting(service.pk, site_id)) for site_id in sites), default=0)
        opens_at = None if sites else get_opening(service)
        lines.append(Line(service.name, bool(sites), waiting, opens_at))
    return sorted(lines, key=lambda line: not line.is_open)


def list_open_lines(actor: Actor, draft: BookingDraft) -> list[Service]:
    """Those of ``lines_for`` that somebody attends now."""
    return [one for one in lines_for(actor, draft) if list_open_sites(one)]


def are_answers_fresh(draft: BookingDraft) -> bool:
    """Whether the draft was begun a short while ago, so that its answers speak of now."""
    return draft.created_at > clock.now() - ANSWERS_VALID


def has_visit_soon(patient_id: UUID) -> bool:
    """Whether a booked visit of the person runs now, or begins so soon that a call from the line would meet it."""
    now = clock.now()
    return Appointment.objects.filter(
        patient_id=patient_id, status__in=sorted(ACTIVE), starts_at__lt=now + SOON, ends_at__gt=now
    ).exists()


@transaction.atomic
def join_own_line(actor: Actor, *, draft: BookingDraft, call_back_number: str) -> WalkInEntry:
    """Give the draft's patient a place; whoever has one keeps it (a double click, a second tab).

    Raises:
        NeedsHelpNowError: a red flag was answered with yes.
        AnswersMissingError: something is not answered, or not of now.
        HasVisitNowError: a booked visit of theirs runs, or begins before the line could call them.
        LineClosedError, NobodyLicensedThereError, LineFullError: as ``choose_site`` says.
        NotBookableError: the service has no line for this person.
        Http404: the actor may not book for the patient (any more).
    """
    service, patient = draft.service, draft.patient
    if draft.urgency and not draft.is_clear:
        raise errors.NeedsHelpNowError
    is_asked = draft.is_clear and (service is None or not service.red_flags or draft.service_urgency)
    if service is None or patient is None or not is_asked or not are_answers_fresh(draft):
        raise errors.AnswersMissingError
    if not draft.location_jurisdiction or draft.mode not in FROM_AFAR:
        raise errors.AnswersMissingError
    if not lines_for(actor, draft).filter(pk=service.pk).exists():
        raise errors.NotBookableError
    get_bookable_patient_for(actor, patient.pk)
    take_turn(actor.organization_id, service.pk, patient.pk)
    kept = get_open_places(patient.pk).first()
    if kept is not None:
        return kept
    if has_visit_soon(patient.pk):
        raise errors.HasVisitNowError
    for old in WalkInEntry.objects.filter(patient=patient, status=WalkInEntry.Status.WAITING):
        leave_queue(actor, entry=old)
    return join_queue(
        actor,
        patient=patient,
        service=service,
        site=Site.objects.get(pk=choose_site(service, draft.location_jurisdiction)),
        mode=draft.mode,
        location_jurisdiction=draft.location_jurisdiction,
        location_place=draft.location_place,
        call_back_number=call_back_number,
    )
