"""Asking somebody in by telephone: family, a colleague, an attendant. The worker rings; they wait to be let in."""

from django.db import transaction

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.visits.choices import Modality, ParticipantRole, ParticipantState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.group_rules import figures_on
from hearthline.visits.models import Participant, PhoneCall, Visit
from hearthline.visits.services import telephone
from hearthline.visits.services.guests import GUESTS_MOST
from hearthline.visits.services.host import lead
from hearthline.visits.services.room import lock_visit


@transaction.atomic
def invite_by_telephone(
    *, actor: Actor, visit: Visit, name: str, role: ParticipantRole, number: str, language: str
) -> PhoneCall:
    """Have somebody rung up who is asked in, in their language; nothing is said of whose visit it is.

    Raises:
        VisitRefusedError: not led by the actor, over, closed to newcomers, full, or there is no trunk.
    """
    visit = lock_visit(visit)
    lead(actor, visit)
    if not visit.is_open:
        raise VisitRefusedError("closed")
    if visit.is_locked:
        raise VisitRefusedError("locked_by_host")
    people = Participant.objects.filter(visit=visit)
    asked = people.filter(user__isnull=True, invited_by_user_id__isnull=False).exclude(
        state=ParticipantState.REMOVED
    )
    inside = people.filter(state=ParticipantState.ADMITTED)
    most = figures_on(clock.now().date()).mesh_people_most  # the media server has no way for telephones
    if inside.count() >= most or asked.count() >= GUESTS_MOST:
        raise VisitRefusedError("full")
    participant = Participant.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        role=role,
        name=name,
        modality=Modality.PHONE,
        invited_by_user_id=actor.user_id,
    )
    audit.record(actor, "guest.asked_by_telephone", participant, patient_id=visit.patient_id)
    return telephone.ring(actor=actor, visit=visit, participant=participant, number=number, language=language)
