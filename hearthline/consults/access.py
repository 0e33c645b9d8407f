"""Which cases an actor may reach. The only door for a person, in the asking organization and in the answering one."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from hearthline.charting.access import records_for
from hearthline.consults.models import Attachment, Consult, DeskPerson, DeskReader, Grant, Opinion
from hearthline.consults.rules.states import ANSWERED, Status
from hearthline.directory.access import patients_for
from hearthline.directory.models import Patient
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role

KNOWN_TO_PATIENT = frozenset(Status) - {Status.DRAFT}


def is_ours(actor: Actor, consult: Consult) -> bool:
    """Whether the actor's organization asked."""
    return consult.organization_id == actor.organization_id


def specialties_read(actor: Actor) -> list[str]:
    """Return the specialties at whose desks the actor reads or coordinates in their own organization."""
    if actor.membership_id is None:
        return []
    readers = DeskReader.objects.filter(
        organization_id=actor.organization_id, practitioner__membership_id=actor.membership_id
    )
    return sorted({*readers.values_list("desk__specialty", flat=True), *specialties_coordinated(actor)})


def specialties_coordinated(actor: Actor) -> list[str]:
    """Return the specialties whose late answers are told to the actor."""
    if actor.user_id is None:
        return []
    people = DeskPerson.objects.filter(organization_id=actor.organization_id, user_id=actor.user_id)
    return list(people.values_list("desk__specialty", flat=True))


def granted_consults(actor: Actor) -> QuerySet[Consult]:
    """Return the cases of other organizations that the actor's may answer now (the database agrees)."""
    grants = Grant.objects.filter(answering_organization_id=actor.organization_id, ended_at__isnull=True)
    return Consult.objects.filter(pk__in=grants.values("consult_id")).exclude(
        organization_id=actor.organization_id
    )


def consults_for(actor: Actor) -> QuerySet[Consult]:
    """Return the cases the actor may see as staff. A draft is its writer's alone."""
    if not actor.is_care_team or actor.user_id is None:
        return Consult.objects.none()
    by_person = Q(asked_by=actor.user_id) | Q(assignee=actor.user_id)
    is_navigator = actor.has_role(Role.NAVIGATOR)
    of_desk = Q() if is_navigator else Q(specialty__in=specialties_read(actor))
    ours = Q(organization_id=actor.organization_id) & (
        by_person | Q(patient__in=patients_for(actor)) | of_desk
    )
    theirs = Q(pk__in=granted_consults(actor).values("pk")) & (Q(assignee=actor.user_id) | of_desk)
    not_draft = ~Q(status=Status.DRAFT) | Q(asked_by=actor.user_id, is_by_patient=False)
    return Consult.objects.filter(ours | theirs).filter(not_draft)


def get_consult_for(actor: Actor, consult_id: UUID) -> Consult:
    """Return a case that a member of the staff may see.

    Raises:
        Http404: there is none, or it does not exist for the actor.
    """
    return _one(consults_for(actor), consult_id)


def get_draft_for(actor: Actor, consult_id: UUID) -> Consult:
    """Return the actor's own unfinished question, staff's or a patient's; or answer 404."""
    own = Consult.objects.filter(
        organization_id=actor.organization_id, asked_by=actor.user_id, status=Status.DRAFT
    )
    return _one(own, consult_id)


def consults_of_care(actor: Actor) -> QuerySet[Consult]:
    """Return the cases of oneself and of those one cares for, for patients' pages."""
    return Consult.objects.filter(
        organization_id=actor.organization_id, patient__in=records_for(actor), status__in=KNOWN_TO_PATIENT
    )


def get_own_consult_for(actor: Actor, consult_id: UUID) -> Consult:
    """Return a case on a patient's page, or answer 404."""
    return _one(consults_of_care(actor), consult_id)


def may_coordinate(actor: Actor, consult: Consult) -> bool:
    """Whether the actor gives cases to readers: navigators, and the named people of the desk."""
    return actor.is_care_team and (
        actor.has_role(Role.NAVIGATOR) or consult.specialty in specialties_coordinated(actor)
    )


def is_reader(actor: Actor, consult: Consult) -> bool:
    """Whether the case was given to the actor, for the organization they act in."""
    return (
        actor.user_id is not None
        and consult.assignee_id == actor.user_id
        and consult.assignee_organization_id == actor.organization_id
    )


def may_answer_for_asker(actor: Actor, consult: Consult) -> bool:
    """Whether the actor may act as the asker: who asked, or a clinician of the patient in the asking organization."""
    if not is_ours(actor, consult) or actor.user_id is None:
        return False
    if consult.asked_by_id == actor.user_id:
        return True
    return actor.is_clinician and patients_for(actor).filter(pk=consult.patient_id).exists()


def opinions_for(actor: Actor, consult: Consult) -> QuerySet[Opinion]:
    """Return the signed answers of a case in the order of signing; drafts are not among them, not even one's own."""
    signed = Opinion.objects.filter(consult=consult).exclude(
        kind__in=[Opinion.Kind.DRAFT, Opinion.Kind.DISCARDED]
    )
    if actor.is_care_team:
        return signed
    if not may_read_answer(consult):
        return signed.none()
    return signed.exclude(kind=Opinion.Kind.PRELIMINARY)


def may_read_answer(consult: Consult) -> bool:
    """Whether the patient may read the answer: their own question's when final, else once they were told."""
    if consult.is_by_patient:
        return consult.status in ANSWERED
    return consult.status in ANSWERED - {Status.FINAL}


def own_draft(actor: Actor, consult: Consult) -> Opinion | None:
    """Return the actor's own unsigned answer, if any."""
    return Opinion.objects.filter(consult=consult, by_id=actor.user_id, kind=Opinion.Kind.DRAFT).first()


def may_open_visit(actor: Actor, consult: Consult) -> bool:
    """Whether the actor may see the patient themselves from the case: clinicians of the asking organization alone."""
    is_part = is_reader(actor, consult) or may_answer_for_asker(actor, consult)
    return actor.is_clinician and is_ours(actor, consult) and consult.status != Status.DRAFT and is_part


def may_fill(actor: Actor, consult: Consult) -> bool:
    """Whether the actor may give objects with a case: as its asker, until it is turned down."""
    if consult.status in (Status.DECLINED, Status.WITHDRAWN):
        return False
    is_own = consult.asked_by_id == actor.user_id and is_ours(actor, consult)
    if not actor.is_care_team:
        return consult.is_by_patient and is_own
    return is_own if consult.status == Status.DRAFT else may_answer_for_asker(actor, consult)


def get_consult_to_fill_for(actor: Actor, consult_id: UUID) -> Consult:
    """Return a case to which the actor may give objects.

    Raises:
        Http404: there is none, it is somebody else's, or nothing is given to it any more.
    """
    reached = consults_for(actor) if actor.is_care_team else consults_of_care(actor) | own_drafts(actor)
    found = _one(reached, consult_id)
    if not may_fill(actor, found):
        raise Http404
    return found


def get_attachment_for(actor: Actor, consult_id: UUID, attachment_id: UUID) -> Attachment:
    """Return a file of a case the actor may see, as staff or on a patient's page; or answer 404."""
    consults = consults_for(actor) if actor.is_care_team else consults_of_care(actor) | own_drafts(actor)
    found = Attachment.objects.filter(pk=attachment_id, consult_id=consult_id, consult__in=consults).first()
    if found is None:
        raise Http404
    return found


def own_drafts(actor: Actor) -> QuerySet[Consult]:
    """Return a patient's own unfinished questions."""
    return Consult.objects.filter(
        organization_id=actor.organization_id, asked_by=actor.user_id, status=Status.DRAFT
    )


def patients_asking(actor: Actor) -> QuerySet[Patient]:
    """Return the patients for whom somebody may ask on patients' pages."""
    return records_for(actor)


def _one(consults: QuerySet[Consult], consult_id: UUID) -> Consult:
    found = consults.filter(pk=consult_id).first()
    if found is None:
        raise Http404
    return found
