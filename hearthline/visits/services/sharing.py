"""Who shows their screen: one person at a time, and everybody is told who. It ends with their place in the room."""

from hearthline.audit import services as audit
from hearthline.identity.actor import Actor
from hearthline.visits.choices import ParticipantRole, ParticipantState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Join, Participant, Visit
from hearthline.visits.services.host import is_here
from hearthline.visits.services.messages import tell_about
from hearthline.visits.services.room import lock_visit


def share_screen(*, actor: Actor, join: Join) -> None:
    """Take the screen of the visit, unless somebody who is here has it.

    Raises:
        VisitRefusedError: they are not in the visit, only watch it, or somebody else shares.
    """
    visit = lock_visit(join.visit)
    participant = Participant.objects.select_for_update().get(pk=join.participant_id)
    if participant.state != ParticipantState.ADMITTED:
        raise VisitRefusedError("not_admitted")
    if participant.role == ParticipantRole.OBSERVER:
        raise VisitRefusedError("observer")
    others = Participant.objects.filter(visit=visit, is_sharing=True).exclude(pk=participant.pk)
    for other in others:
        if is_here(other):
            raise VisitRefusedError("shared")
        _set(visit, other, is_sharing=False)
    _set(visit, participant, is_sharing=True)
    audit.record(actor, "visit.screen_shared", visit, patient_id=visit.patient_id)


def stop_sharing(*, join: Join) -> None:
    """Give the screen of the visit back; whoever does not have it changes nothing."""
    visit = lock_visit(join.visit)
    participant = Participant.objects.select_for_update().get(pk=join.participant_id)
    if participant.is_sharing:
        _set(visit, participant, is_sharing=False)


def _set(visit: Visit, participant: Participant, *, is_sharing: bool) -> None:
    participant.is_sharing = is_sharing
    participant.save(update_fields=["is_sharing"])
    tell_about(participant, visit=visit, also_self=True)
