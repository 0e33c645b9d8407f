"""Who leads a visit: exactly one clinician of it. They let in, put back, close the room, hand over, and end.

Every function wants the visit's row locked (``room.lock_visit``): who leads does not change under a decision.
"""

from hearthline.audit import services as audit
from hearthline.identity.actor import Actor
from hearthline.visits.access import may_conduct, participant_for
from hearthline.visits.choices import ParticipantRole, ParticipantState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Join, Participant, Visit
from hearthline.visits.services.messages import tell_about


def host_of(visit: Visit) -> Participant | None:
    """Return who leads a visit; nobody before the first clinician came."""
    return Participant.objects.filter(visit=visit, is_host=True).first()


def is_here(participant: Participant) -> bool:
    """Whether somebody has an open place in the room and is not lost for longer than the grace."""
    here = Join.objects.filter(participant=participant, closed_at__isnull=True, lost_at__isnull=True)
    return here.exists()


def lead(actor: Actor, visit: Visit) -> Participant:
    """Return the actor's part, who leads; where nobody leads (any more), whoever of its clinicians decides does so.

    Raises:
        VisitRefusedError: they are no clinician of the visit, or another one leads it and is here.
    """
    if not may_conduct(actor, visit):
        raise VisitRefusedError("not_allowed")
    mine = participant_for(actor, visit)
    if mine.role != ParticipantRole.CLINICIAN:
        raise VisitRefusedError("not_allowed")
    host = host_of(visit)
    if host == mine:
        return mine
    if host is not None and is_here(host):
        raise VisitRefusedError("host_only")
    _pass_on(visit, host, mine)
    audit.record(actor, "visit.lead_taken", visit, patient_id=visit.patient_id)
    return mine


def lead_on_coming(actor: Actor, visit: Visit, participant: Participant) -> None:
    """The clinician whose visit it is leads from their first coming; before them, whoever came first."""
    is_theirs = visit.practitioner.membership_id == actor.membership_id and participant.admitted_at is None
    host = host_of(visit)
    if participant.role != ParticipantRole.CLINICIAN or participant.user_id is None or host == participant:
        return
    if host is None or is_theirs:
        _pass_on(visit, host, participant)


def hand_over(*, actor: Actor, visit: Visit, participant: Participant) -> None:
    """Let another clinician who is in the visit lead it.

    Raises:
        VisitRefusedError: the actor does not lead, or the other is no clinician with an account, or is not here.
    """
    mine = lead(actor, visit)
    is_in = participant.state == ParticipantState.ADMITTED and is_here(participant) and participant.user_id
    if participant.role != ParticipantRole.CLINICIAN or not is_in:
        raise VisitRefusedError("not_clinician")
    _pass_on(visit, mine, participant)
    audit.record(actor, "visit.handed_over", visit, patient_id=visit.patient_id)


def _pass_on(visit: Visit, before: Participant | None, after: Participant) -> None:
    for participant, is_host in ((before, False), (after, True)):
        if participant is not None and participant.is_host != is_host:
            participant.is_host = is_host
            participant.save(update_fields=["is_host"])
            tell_about(participant, visit=visit, also_self=True)
