"""Stretches of a visit: in which way somebody takes part, since when and why. One encounter holds them all.

Browsers say so by ``change_modality``; a telephone that comes into the room begins and gives back by ``begin_by`` and
``give_back``. Every change begins a new stretch; nobody has one beside another.
"""

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.visits.choices import Modality, ParticipantState, SegmentCause
from hearthline.visits.events import VisitChangedModality
from hearthline.visits.models import Join, Participant, Segment, Visit
from hearthline.visits.services.messages import tell_about
from hearthline.visits.services.room import begin_segment, end_segment, lock_visit


def change_modality(*, actor: Actor, join: Join, modality: Modality, cause: SegmentCause) -> None:
    """A browser says that its person goes from picture to voice or text, or back."""
    visit = lock_visit(join.visit)
    participant = Participant.objects.select_for_update().get(pk=join.participant_id)
    if participant.modality == modality:
        return
    begin_by(participant, modality, cause)
    join.participant = participant
    tell_about(participant, visit=visit)
    audit.record(actor, "visit.modality_changed", visit, patient_id=visit.patient_id)
    publish_change(visit, participant)


def begin_by(participant: Participant, modality: Modality, cause: SegmentCause) -> None:
    """Go over to a modality: the open stretch ends, and whoever is in the visit begins the next one."""
    end_segment(participant, cause)
    participant.modality = modality
    participant.modality_cause = "" if modality == Modality.VIDEO else cause
    participant.save(update_fields=["modality", "modality_cause"])
    if participant.state == ParticipantState.ADMITTED:
        begin_segment(participant, cause)


def give_back(participant: Participant, modality: Modality, cause: SegmentCause) -> None:
    """End a modality's stretch, if it runs, and take up the way before it; in the room only if a browser is there."""
    segments = Segment.objects.filter(participant=participant)
    segments.filter(modality=modality, ended_at__isnull=True).update(ended_at=clock.now(), end_cause=cause)
    if participant.modality != modality:
        return  # a browser that took over has said how already
    before = segments.exclude(modality=modality).order_by("-started_at", "-pk").first()
    participant.modality = before.modality if before else Modality.VIDEO
    participant.modality_cause = before.modality_cause if before else ""
    participant.save(update_fields=["modality", "modality_cause"])
    here = Join.objects.filter(participant=participant, closed_at__isnull=True, lost_at__isnull=True)
    if participant.state == ParticipantState.ADMITTED and here.exists():
        begin_segment(participant, SegmentCause.RETURNED)


def publish_change(visit: Visit, participant: Participant) -> None:
    """Tell those above that somebody takes part in another way now."""
    publish(
        VisitChangedModality(
            organization_id=visit.organization_id,
            visit_id=visit.pk,
            participant_id=participant.pk,
            changed_at=clock.now(),
        )
    )
