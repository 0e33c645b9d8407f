"""What the rescue desk does for a visit that may fail. Each press is written down, and measured later."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from hearthline.audit import services as audit
from hearthline.foundation import changes, clock
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.messaging.recipients import find_person
from hearthline.messaging.rules import choose_channels
from hearthline.messaging.services import notify
from hearthline.scheduling.reminding import SUBJECT as APPOINTMENT
from hearthline.visits.choices import Help, RequestEnd, VisitState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Rescue, Visit
from hearthline.visits.rescue_desk import CHANNELS, row_for
from hearthline.visits.services import door
from hearthline.visits.services.conversion import convert_to_telephone
from hearthline.visits.services.messages import LIST_TOPIC
from hearthline.visits.windows import window_of

ABOUT = "visits.visit"
TEMPLATES = {Help.CALL: "visit.help_call", Help.SEND: "visit.help", Help.PRACTICE: "visit.practice"}
PAGES = {Help.SEND: "visits:prepare", Help.PRACTICE: "visits:check"}


@transaction.atomic
def rescue(*, actor: Actor, visit: Visit, help_: Help) -> Rescue:
    """Do one thing for a visit, and write it down with the signs that spoke against it at that moment.

    A request (hub room, loaner) stays open on the desk until somebody closes it.

    Raises:
        VisitRefusedError: the visit is over or runs already, the patient cannot be reached that way, or the same
            request is open.
    """
    if not visit.is_open:
        raise VisitRefusedError("closed")
    row = row_for(visit)
    if help_ == Help.TELEPHONE:
        convert_to_telephone(actor=actor, visit=visit)
    elif help_ == Help.SPOKE:
        _note_call(actor, visit)
    made = Rescue(
        organization_id=visit.organization_id,
        visit=visit,
        help=help_,
        window=window_of(visit.starts_at, row.now) or "",
        signs=[sign.value for sign in row.risk.signs],
        done_by_user_id=actor.user_id,
        done_by=actor.name,
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as refused:
        if "rescue_request_open_once" not in str(refused):
            raise
        raise VisitRefusedError("asked_already") from None
    if help_ in TEMPLATES:
        _write(actor, visit, help_)
    audit.record(actor, f"visit.rescue_{help_.value}", visit, patient_id=visit.patient_id)
    changes.announce(visit.organization_id, LIST_TOPIC)
    return made


def _note_call(actor: Actor, visit: Visit) -> None:
    if visit.call_wanted_at is not None and visit.called_at is None:
        door.note_call(actor=actor, visit=visit)


def _write(actor: Actor, visit: Visit, help_: Help) -> None:
    """Ask for a message in the patient's language; it holds no more than where to get ready.

    The call is about the appointment, so that its hearer can confirm, move or cancel it, or ask to be called.
    """
    appointment = visit.appointment
    if visit.state == VisitState.IN_PROGRESS:
        raise VisitRefusedError("runs")
    if appointment is None or (help_ == Help.CALL and not settings.SIP_TRUNK):
        raise VisitRefusedError("no_telephone")
    zone = ZoneInfo(appointment.practitioner_zone)
    context: dict[str, object] = {"when": visit.starts_at.astimezone(zone)}
    if help_ in PAGES:
        context["link"] = f"{settings.PUBLIC_URL}{reverse(PAGES[help_], args=[visit.pk])}"
    sent = notify(
        actor=actor,
        patient_id=visit.patient_id,
        template=TEMPLATES[help_],
        context=context,
        about=(APPOINTMENT, appointment.pk) if help_ == Help.CALL else (ABOUT, visit.pk),
        key=f"rescue:{new_id()}",
    )
    if choose_channels(find_person(sent).reach, offered=CHANNELS[help_]).reason:
        raise VisitRefusedError("no_way")


def close_request(*, actor: Actor, request: Rescue, end: RequestEnd) -> None:
    """Say how a request ended; one that is closed stays as it was.

    Raises:
        VisitRefusedError: it is no request.
    """
    row = Rescue.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if row.help not in {Help.HUB_ROOM, Help.LOANER}:
        raise VisitRefusedError("not_here")
    if row.closed_at is not None:
        return
    row.closed_at, row.closed_by, row.end = clock.now(), actor.name, end
    row.save(update_fields=["closed_at", "closed_by", "end"])
    audit.record(actor, "visit.rescue_closed", row.visit, patient_id=row.visit.patient_id)
    changes.announce(row.organization_id, LIST_TOPIC)


def note_coverage(*, actor: Actor, visit: Visit) -> None:
    """Note that somebody checked who pays for the visit; a second press changes nothing."""
    if visit.coverage_checked_at is None:
        visit.coverage_checked_at = clock.now()
        visit.save(update_fields=["coverage_checked_at"])
        audit.record(actor, "visit.coverage_checked", visit, patient_id=visit.patient_id)
