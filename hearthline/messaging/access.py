"""Which conversations an actor may reach, from which side. The only door for a user."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404

from hearthline.directory.access import Purpose, current_caregivers, own_patient, patients_for
from hearthline.directory.models import Patient
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.identity.roles import CARE_TEAM_ROLES, Role
from hearthline.messaging.models import Attachment, Message, PoolMember, RoutingPool, Thread


def patients_spoken_for(actor: Actor) -> QuerySet[Patient]:
    """Return the patients for whom the actor writes on patient pages: oneself, and those cared for."""
    ids: list[UUID] = []
    own = own_patient(actor)
    if own is not None:
        ids.append(own.id)
    if actor.user_id is not None and actor.has_role(Role.CAREGIVER):
        caring = current_caregivers(organization_id=actor.organization_id, purpose=Purpose.MESSAGES)
        ids.extend(caring.filter(user_id=actor.user_id).values_list("patient_id", flat=True))
    return Patient.objects.filter(pk__in=ids, merged_into__isnull=True)


def threads_of_care(actor: Actor) -> QuerySet[Thread]:
    """Return the conversations that the actor sees as a patient or caregiver."""
    return Thread.objects.filter(patient__in=patients_spoken_for(actor))


def threads_of_staff(actor: Actor) -> QuerySet[Thread]:
    """Return the conversations that the actor sees as a member of the care team.

    Of their own patients, of the pools they answer for, and those handed to them.
    """
    if not actor.is_care_team:
        return Thread.objects.none()
    return Thread.objects.filter(
        Q(owner_id=actor.user_id)
        | Q(pool__in=pools_of(actor))
        | Q(patient__in=patients_for(actor, Purpose.MESSAGES))
    )


def pools_of(actor: Actor) -> QuerySet[RoutingPool]:
    """Return the pools for which the actor answers."""
    if actor.user_id is None:
        return RoutingPool.objects.none()
    return RoutingPool.objects.filter(
        pk__in=PoolMember.objects.filter(user_id=actor.user_id).values("pool_id")
    )


def get_thread_of_care(actor: Actor, thread_id: UUID) -> Thread:
    """Return a conversation for the patient's side.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    return _one(threads_of_care(actor), thread_id)


def get_thread_of_staff(actor: Actor, thread_id: UUID) -> Thread:
    """Return a conversation for the care team's side.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    return _one(threads_of_staff(actor), thread_id)


def _one(threads: QuerySet[Thread], thread_id: UUID) -> Thread:
    thread = threads.select_related("patient", "pool", "owner").filter(pk=thread_id).first()
    if thread is None:
        raise Http404
    return thread


def get_attachment_of_care(actor: Actor, attachment_id: UUID) -> Attachment:
    """Return a file of a conversation for the patient's side; those of internal notes do not exist there.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    return _attachment(
        Attachment.objects.filter(message__thread__in=threads_of_care(actor), message__is_internal=False),
        attachment_id,
    )


def get_attachment_of_staff(actor: Actor, attachment_id: UUID) -> Attachment:
    """Return a file of a conversation for the care team's side.

    Raises:
        Http404: there is none, or the actor may not know of it.
    """
    return _attachment(Attachment.objects.filter(message__thread__in=threads_of_staff(actor)), attachment_id)


def _attachment(files: QuerySet[Attachment], attachment_id: UUID) -> Attachment:
    found = files.select_related("message__thread").filter(pk=attachment_id).first()
    if found is None:
        raise Http404
    return found


def messages_for_patient(thread: Thread) -> QuerySet[Message]:
    """Return what the patient's side may read."""
    return Message.objects.filter(thread=thread, is_internal=False)


def open_pools() -> QuerySet[RoutingPool]:
    """Return the pools to which a patient may write."""
    return RoutingPool.objects.filter(is_active=True, takes_new_threads=True)


def possible_owners() -> QuerySet[Membership]:
    """Return the members of the care team to whom a conversation may be handed."""
    return Membership.objects.filter(
        is_active=True, user__is_active=True, roles__overlap=[role.value for role in CARE_TEAM_ROLES]
    ).select_related("user")


def get_patient_to_write_to(actor: Actor, patient_id: UUID) -> Patient:
    """Return a patient to whom the actor may start a conversation.

    Raises:
        Http404: there is none, or the actor may not know of them.
    """
    found = None
    if actor.is_care_team:
        found = patients_for(actor, Purpose.MESSAGES).filter(pk=patient_id).first()
    if found is None:
        raise Http404
    return found
