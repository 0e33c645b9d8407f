"""Stretches of a visit: in which way somebody takes part, since when and why. One encounter holds them all.

Browsers come by ``change_modality``; a telephone opens and closes its stretch by ``open_segment`` and
``close_segment``. Every change begins a new stretch; nobody has one beside another.
"""

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.visits.choices import Modality, ParticipantState, SegmentCause
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.events import VisitChangedModality
from hearthline.visits.models import Join, Participant, Segment, Visit
from hearthline.visits.services.messages import tell_about
from hearthline.visits.services.room import begin_segment, end_segment, is_on_telephone, lock_visit


def change_modality(*, actor: Actor, join: Join, modality: Modality, cause: SegmentCause) -> None:
    """A browser says that its person goes from picture to voice or text, or back.

    While the person is on the telephone only their own choice counts: a line that gets better does not hang up.
    """
    visit = lock_visit(join.visit)
    participant = Participant.objects.select_for_update().get(pk=join.participant_id)
    if participant.modality == modality:
        return
    if cause != SegmentCause.CHOSEN and is_on_telephone(participant):
        return
    _switch(actor, visit, participant, modality, cause)
    join.participant = participant


def open_segment(
    *, actor: Actor, participant: Participant, modality: Modality, cause: SegmentCause
) -> Segment:
    """Begin a stretch in a modality for somebody in the visit (a telephone leg is up); what was open ends by it.

    Asking again while it runs returns the stretch that runs.

    Raises:
        VisitRefusedError: the visit is over, or the person was not let in.
    """
    visit = lock_visit(participant.visit)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    if not visit.is_open:
        raise VisitRefusedError("closed")
    if participant.state != ParticipantState.ADMITTED:
        raise VisitRefusedError("not_admitted")
    running = Segment.objects.filter(participant=participant, modality=modality, ended_at__isnull=True)
    if not running.exists():
        _switch(actor, visit, participant, modality, cause)
    return running.get()


def close_segment(*, actor: Actor, participant: Participant, modality: Modality, cause: SegmentCause) -> bool:
    """End somebody's running stretch in a modality (they hung up); False when none of it runs.

    Whoever still has the room open in a browser takes part by that from now on, as before.
    """
    visit = lock_visit(participant.visit)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    segments = Segment.objects.filter(participant=participant)
    if not segments.filter(modality=modality, ended_at__isnull=True).exists():
        return False
    end_segment(participant, cause)
    before = segments.exclude(modality=modality).order_by("-started_at", "-pk").first()
    participant.modality = before.modality if before else Modality.AUDIO
    participant.modality_cause = before.modality_cause if before else SegmentCause.AGREED
    participant.save(update_fields=["modality", "modality_cause"])
    is_here = Join.objects.filter(participant=participant, closed_at__isnull=True, lost_at__isnull=True)
    if visit.is_open and participant.state == ParticipantState.ADMITTED and is_here.exists():
        begin_segment(participant, SegmentCause.RETURNED)
    _announce(actor, visit, participant)
    return True


def _switch(
    actor: Actor, visit: Visit, participant: Participant, modality: Modality, cause: SegmentCause
) -> None:
    end_segment(participant, cause)
    participant.modality = modality
    participant.modality_cause = "" if modality == Modality.VIDEO else cause
    participant.save(update_fields=["modality", "modality_cause"])
    if participant.state == ParticipantState.ADMITTED:
        begin_segment(participant, cause)
    _announce(actor, visit, participant)


def _announce(actor: Actor, visit: Visit, participant: Participant) -> None:
    tell_about(participant, visit=visit)
    audit.record(actor, "visit.modality_changed", visit, patient_id=visit.patient_id)
    publish(
        VisitChangedModality(
            organization_id=visit.organization_id,
            visit_id=visit.pk,
            participant_id=participant.pk,
            changed_at=clock.now(),
        )
    )
