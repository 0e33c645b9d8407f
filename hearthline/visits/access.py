"""Which visits somebody may reach and what they may do there. Pages, streams and messages all ask here."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from hearthline.directory.access import Purpose, own_patient, patients_for, practitioner_of
from hearthline.identity.actor import Actor
from hearthline.visits.choices import Modality, ParticipantRole, ParticipantState, SegmentCause
from hearthline.visits.models import Join, Participant, Visit

GUEST = "guest"


def visits_for(actor: Actor) -> QuerySet[Visit]:
    """Return the visits that the actor may know of.

    A guest's actor carries the digest of the cookie that their link was bound to, in place of a session key.
    """
    visits = Visit.objects.filter(organization_id=actor.organization_id)
    if actor.kind == "system":
        return visits
    if actor.kind == GUEST:
        return visits.filter(
            invitations__cookie_digest=actor.session_key,
            invitations__redeemed_at__isnull=False,
            invitations__revoked_at__isnull=True,
        )
    condition = Q(patient__in=patients_for(actor, Purpose.VISITS).values("pk"))
    if actor.is_clinician:
        condition |= Q(practitioner__membership_id=actor.membership_id) | Q(pk__in=asked_into(actor))
    return visits.filter(condition)


def asked_into(actor: Actor) -> QuerySet[Participant, Any]:
    """Return the ids of the visits into which another clinician asked the actor; of the visit only, not the chart."""
    if actor.user_id is None:
        return Participant.objects.none().values("visit_id")
    asked = Participant.objects.filter(user_id=actor.user_id, role=ParticipantRole.CLINICIAN)
    return asked.filter(invited_by_user_id__isnull=False).values("visit_id")


def get_visit_for(actor: Actor, visit_id: UUID) -> Visit:
    """Return a visit that the actor may know of.

    Raises:
        Http404: there is no such visit, or the actor may not know of it.
    """
    visit = visits_for(actor).select_related("patient", "practitioner").filter(pk=visit_id).first()
    if visit is None:
        raise Http404
    return visit


def may_conduct(actor: Actor, visit: Visit) -> bool:
    """Whether the actor may be a clinician of this visit. Who leads it is asked by ``services.host``."""
    if actor.user_id is None or not actor.is_clinician or not visits_for(actor).filter(pk=visit.pk).exists():
        return False
    removed = Participant.objects.filter(visit=visit, user_id=actor.user_id, state=ParticipantState.REMOVED)
    return not removed.exists()


def may_arrange(actor: Actor, visit: Visit) -> bool:
    """Whether the actor may ask and change interpreters of this visit: whoever of the staff may know of it."""
    return actor.is_staff and visits_for(actor).filter(pk=visit.pk).exists()


def role_of(actor: Actor, visit: Visit) -> ParticipantRole | None:
    """Return in what part the actor comes to a visit; None when they only may know of it."""
    mine = own_patient(actor)
    if mine is not None and mine.pk == visit.patient_id:
        return ParticipantRole.PATIENT
    if actor.is_clinician:
        return ParticipantRole.CLINICIAN
    return None if actor.is_staff else ParticipantRole.CAREGIVER


def participant_for(actor: Actor, visit: Visit) -> Participant:
    """Return the actor's part in a visit, making it at their first coming.

    Raises:
        Http404: the actor has no part in visits (a navigator, for example).
    """
    if actor.kind == GUEST:
        return Participant.objects.get(visit=visit, invitation__cookie_digest=actor.session_key)
    role = role_of(actor, visit)
    if role is None or actor.user_id is None:
        raise Http404
    came_before = Participant.objects.filter(visit=visit, user_id=actor.user_id).first()
    if came_before is not None:
        return came_before
    participant, _ = Participant.objects.get_or_create(
        organization_id=visit.organization_id,
        visit=visit,
        user_id=actor.user_id,
        defaults={"role": role, "name": _shown_name(actor, visit, role), **_planned_way(visit)},
    )
    return participant


def own_joins(actor: Actor, visit_id: UUID) -> QuerySet[Join]:
    """Return the actor's own places in a visit, open or closed; who of them may still know of it is not asked here."""
    joins = Join.objects.filter(visit_id=visit_id).select_related("participant", "visit")
    if actor.kind == GUEST or actor.user_id is None:
        return joins.filter(participant__invitation__cookie_digest=actor.session_key)
    return joins.filter(participant__user_id=actor.user_id)


def _planned_way(visit: Visit) -> dict[str, str]:
    """A visit booked by voice or telephone begins by voice in a browser; nobody has to choose that again."""
    if visit.planned_modality == Modality.VIDEO:
        return {}
    return {"modality": Modality.AUDIO, "modality_cause": SegmentCause.AGREED}


def _shown_name(actor: Actor, visit: Visit, role: ParticipantRole) -> str:
    if role == ParticipantRole.PATIENT:
        return str(visit.patient.full_name)
    practitioner = practitioner_of(actor) if role == ParticipantRole.CLINICIAN else None
    return practitioner.full_name if practitioner else actor.name
