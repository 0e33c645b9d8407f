"""Clinicians speak apart: no sound, picture, signalling or writing passes between them and the patient's side.

Their time apart is nobody's time with the patient: their stretches end when they go and begin anew when they are back.
"""

from hearthline.audit import services as audit
from hearthline.identity.actor import Actor
from hearthline.visits.access import may_conduct
from hearthline.visits.choices import ParticipantRole, ParticipantState, SegmentCause
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Join, Participant, Visit
from hearthline.visits.services import seats
from hearthline.visits.services.host import is_here, lead
from hearthline.visits.services.messages import tell_all_of_all
from hearthline.visits.services.room import begin_segment, end_segment, lock_visit

CLINICIANS_LEAST = 2


def step_aside(*, actor: Actor, visit: Visit) -> None:
    """Take all clinicians who are in the visit apart; the others are told that they will be back.

    Raises:
        VisitRefusedError: the actor does not lead the visit, or is the only clinician in it.
    """
    visit = lock_visit(visit)
    lead(actor, visit)
    inside = Participant.objects.select_for_update().filter(
        visit=visit, role=ParticipantRole.CLINICIAN, state=ParticipantState.ADMITTED
    )
    clinicians = [one for one in inside if is_here(one)]
    if len(clinicians) < CLINICIANS_LEAST:
        raise VisitRefusedError("nobody_aside")
    for one in clinicians:
        end_segment(one, SegmentCause.ASIDE)
        one.is_aside = True
        one.save(update_fields=["is_aside"])
        _leave_seat(one)
    tell_all_of_all(visit)
    audit.record(actor, "visit.aside", visit, patient_id=visit.patient_id)


def _leave_seat(participant: Participant) -> None:
    """What they sent and received in the media server ends: the other room is another one there too."""
    for join in Join.objects.filter(participant=participant, closed_at__isnull=True):
        seats.unseat(join)


def come_back(*, actor: Actor, visit: Visit) -> None:
    """Bring everybody who speaks apart back into the visit.

    Raises:
        VisitRefusedError: the actor is no clinician of the visit.
    """
    if not may_conduct(actor, visit):
        raise VisitRefusedError("not_allowed")
    visit = lock_visit(visit)
    for one in Participant.objects.select_for_update().filter(visit=visit, is_aside=True):
        one.is_aside = False
        one.save(update_fields=["is_aside"])
        _leave_seat(one)
        if one.state == ParticipantState.ADMITTED and is_here(one):
            begin_segment(one, SegmentCause.RETURNED)
    tell_all_of_all(visit)
    audit.record(actor, "visit.back", visit, patient_id=visit.patient_id)
