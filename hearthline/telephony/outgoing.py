"""Calls that the house wants made: visits' telephones to ring, messages to read out. Claimed, made, settled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from hearthline.foundation import clock
from hearthline.messaging import rules as messaging_rules
from hearthline.messaging.models import VoiceCall
from hearthline.messaging.receipts import ReceiptState, take_receipt
from hearthline.messaging.recipients import find_person
from hearthline.scheduling.models import Appointment
from hearthline.scheduling.reminding import SUBJECT as APPOINTMENT
from hearthline.telephony.desk import Known, actor_of, facts_of
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization
from hearthline.visits.choices import ParticipantRole, SegmentCause
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import PhoneCall
from hearthline.visits.services import telephone

LEASE = timedelta(minutes=5)  # longer than any message and its menu
TRIES_MOST = 3
AGAIN_AFTER = timedelta(minutes=10)
State = PhoneCall.State


@dataclass(frozen=True)
class Ring:
    """A telephone of a visit that is to be rung."""

    organization_id: UUID
    call_id: UUID
    number: str
    language: str
    slug: str
    house_language: str
    line: str = "take_call"
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """A message that is to be read out."""

    organization_id: UUID
    call_id: UUID
    number: str
    text: str
    language: str
    slug: str
    known: Known | None


def organizations() -> list[UUID]:
    """Return every active organization."""
    return list(Organization.objects.filter(is_active=True).values_list("pk", flat=True))


def claim_rings(organization_id: UUID) -> list[Ring]:
    """Take on the telephones that are to be rung and that no other worker has taken."""
    with acting_in(organization_id):
        house = Organization.objects.get(pk=organization_id)
        rows = (
            PhoneCall.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(state=State.ASKED, seen_at__isnull=True, hang_up_wanted_at__isnull=True)
            .select_related("visit__patient", "participant")
        )
        rings = [
            Ring(
                organization_id,
                row.pk,
                row.number,
                row.language
                or (house.default_language if _is_interpreter(row) else row.visit.patient.page_language),
                house.slug,
                house.default_language,
                "take_invitation" if row.language else "take_call",
                {"organization": house.name} if row.language else {},
            )
            for row in rows
        ]
        PhoneCall.objects.filter(pk__in=[ring.call_id for ring in rings]).update(seen_at=clock.now())
        return rings


def _is_interpreter(call: PhoneCall) -> bool:
    return bool(call.participant.role == ParticipantRole.INTERPRETER)


def wants_hang_up(organization_id: UUID, call_id: UUID) -> bool:
    """Whether somebody wants a call to end that has not come into the room yet."""
    with acting_in(organization_id):
        row = PhoneCall.objects.get(pk=call_id)
        return row.ended_at is not None or row.hang_up_wanted_at is not None


def note(organization_id: UUID, call_id: UUID, state: PhoneCall.State) -> None:
    """Tell the clinician how a call stands; what is over stays over."""
    with acting_in(organization_id):
        row = PhoneCall.objects.select_for_update(of=("self",)).select_related("visit").get(pk=call_id)
        if row.ended_at is None and row.state != state:
            telephone.note_progress(row, state)


def enter(ring: Ring) -> PhoneCall | None:
    """Bring whoever took the call into the visit, let in by the press that had them rung; None when it is over."""
    with acting_in(ring.organization_id):
        call = PhoneCall.objects.select_related("visit", "participant").get(pk=ring.call_id)
        if call.ended_at is not None or call.hang_up_wanted_at is not None:
            return None
        try:
            telephone.come_in(actor=actor_of(ring.organization_id), call=call)
            telephone.let_in_whom_we_called(call=call)
        except VisitRefusedError:
            telephone.note_progress(call, State.ENDED)
            return None
        return call


def claim_readings(organization_id: UUID) -> list[Reading]:
    """Take on the messages that are due; the person's hours are asked again at the moment of the call."""
    now = clock.now()
    readings = []
    with acting_in(organization_id):
        slug = Organization.objects.values_list("slug", flat=True).get(pk=organization_id)
        rows = (
            VoiceCall.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(closed_at__isnull=True, due_at__lte=now)
            .exclude(lease_until__gt=now)
            .select_related("notification")
        )
        for row in rows:
            person = find_person(row.notification)
            is_hour = messaging_rules.is_allowed(now, person.zone, person.window)
            if person.stop_reason or row.attempt_count >= TRIES_MOST or row.notification.expires_at <= now:
                _close(row, is_heard=False)
            elif is_hour or not person.has_safe_hours:
                row.attempt_count, row.lease_until = row.attempt_count + 1, now + LEASE
                row.save(update_fields=["attempt_count", "lease_until"])
                known = _known(row) if not person.is_telephone_shared else None
                readings.append(
                    Reading(organization_id, row.pk, row.number, row.text, row.language, slug, known)
                )
    return readings


def _known(row: VoiceCall) -> Known | None:
    """Return the appointment that a message is about, if its hearer may answer it by keys."""
    notification = row.notification
    if notification.about_type != APPOINTMENT or not notification.takes_reply:
        return None
    appointment = (
        Appointment.objects.select_related("practitioner", "patient").filter(pk=notification.about_id).first()
    )
    if appointment is None:
        return None
    facts = facts_of(appointment, row.language)
    return Known(row.organization_id, appointment.pk, row.language, facts)


def settle(reading: Reading, *, is_heard: bool) -> None:
    """Say what became of a message: heard, to be tried again, or given up."""
    with acting_in(reading.organization_id):
        row = (
            VoiceCall.objects.select_for_update(of=("self",))
            .select_related("notification")
            .get(pk=reading.call_id)
        )
        if is_heard or row.attempt_count >= TRIES_MOST:
            _close(row, is_heard=is_heard)
        else:
            row.lease_until, row.due_at = None, clock.now() + AGAIN_AFTER
            row.save(update_fields=["lease_until", "due_at"])


def _close(row: VoiceCall, *, is_heard: bool) -> None:
    now = clock.now()
    row.closed_at, row.heard_at = now, now if is_heard else None
    row.save(update_fields=["closed_at", "heard_at"])
    take_receipt(
        reference=row.reference,
        event_id=f"voice:{row.pk}",
        state=ReceiptState.DELIVERED if is_heard else ReceiptState.FAILED,
        code="" if is_heard else "no_answer",
    )


def end_orphans(organization_id: UUID) -> int:
    """End the calls of a worker that died; there is one worker, so at its start every open call is an orphan."""
    with acting_in(organization_id):
        rows = PhoneCall.objects.filter(ended_at__isnull=True, seen_at__isnull=False).select_related(
            "visit", "participant", "join"
        )
        for row in rows:
            telephone.go(actor=actor_of(organization_id), call=row, cause=SegmentCause.LOST)
        return len(rows)
