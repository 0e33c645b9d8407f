"""More than two in a visit: colleagues who are asked in, and whom everybody sees large."""

from hearthline.audit import services as audit
from hearthline.directory.models import Practitioner
from hearthline.identity.actor import Actor
from hearthline.visits.choices import ParticipantRole, ParticipantState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Participant, Visit
from hearthline.visits.services.host import hand_over, lead
from hearthline.visits.services.messages import tell_about
from hearthline.visits.services.room import lock_visit


def ask_colleague(*, actor: Actor, visit: Visit, practitioner: Practitioner) -> Participant:
    """Ask another clinician of the clinic into the visit; they find it in their day. It opens no chart to them.

    Raises:
        VisitRefusedError: the visit is over, or the actor does not lead it.
    """
    visit = lock_visit(visit)
    lead(actor, visit)
    if not visit.is_open:
        raise VisitRefusedError("closed")
    participant, is_new = Participant.objects.get_or_create(
        organization_id=visit.organization_id,
        visit=visit,
        user_id=practitioner.membership.user_id,
        defaults={
            "role": ParticipantRole.CLINICIAN,
            "name": practitioner.full_name,
            "invited_by_user_id": actor.user_id,
        },
    )
    if not is_new and participant.state == ParticipantState.REMOVED:
        participant.state = ParticipantState.OUTSIDE
        participant.save(update_fields=["state"])
    tell_about(participant, visit=visit)
    audit.record(actor, "visit.colleague_asked", visit, patient_id=visit.patient_id)
    return participant


def let_lead(*, actor: Actor, visit: Visit, participant: Participant) -> None:
    """Hand the visit over to another clinician who is in it.

    Raises:
        VisitRefusedError: the actor does not lead, or the other is no clinician or is not here.
    """
    visit = lock_visit(visit)
    participant = Participant.objects.select_for_update().get(pk=participant.pk, visit=visit)
    hand_over(actor=actor, visit=visit, participant=participant)


def take_lead(*, actor: Actor, visit: Visit) -> None:
    """Lead a visit whose host has gone for longer than the grace.

    Raises:
        VisitRefusedError: the actor is no clinician of the visit, or the host is here.
    """
    lead(actor, lock_visit(visit))


def pin(*, actor: Actor, visit: Visit, participant: Participant | None) -> None:
    """Show one person large to everybody who has not chosen otherwise; None: nobody any more.

    Raises:
        VisitRefusedError: the actor does not lead, or the person is not in the visit.
    """
    visit = lock_visit(visit)
    lead(actor, visit)
    if participant is not None and participant.state != ParticipantState.ADMITTED:
        raise VisitRefusedError("not_here")
    before = Participant.objects.filter(visit=visit, is_pinned=True).first()
    for one, is_pinned in ((before, False), (participant, True)):
        if one is None:
            continue
        Participant.objects.filter(pk=one.pk).update(is_pinned=is_pinned)
        one.refresh_from_db()
        tell_about(one, visit=visit, also_self=True)
    audit.record(actor, "visit.pinned", visit, patient_id=visit.patient_id)
