"""Addresses that do not work: remembered, moved to the end of the choice, and a task for the front desk."""

from hearthline.audit.services import record
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role
from hearthline.messaging import notices
from hearthline.messaging.models import DoubtfulContact, Notification, StaffNotice

FRONT_DESK_ROLES = (Role.NAVIGATOR, Role.ADMINISTRATOR)
FRONT_DESK_PATH = "/messages/contacts/"


def doubt_address(notification: Notification, *, reason: str) -> None:
    """Note that the address of a notification was refused, once, and tell the front desk."""
    if notification.address_index is None:
        return
    doubt = DoubtfulContact(
        organization_id=notification.organization_id,
        patient_id=notification.patient_id,
        user_id=notification.user_id,
        channel=notification.channel,
        address_index=bytes(notification.address_index),
        reason=reason,
    )
    DoubtfulContact.objects.bulk_create([doubt], ignore_conflicts=True)
    if not DoubtfulContact.objects.filter(pk=doubt.pk).exists():
        return
    notices.tell_roles(
        organization_id=notification.organization_id,
        roles=FRONT_DESK_ROLES,
        kind=StaffNotice.Kind.CONTACT_DOUBTFUL,
        about=("doubtful_contact", doubt.id),
        path=FRONT_DESK_PATH,
        key=f"doubtful_contact:{doubt.id}",
    )


def resolve_doubt(*, actor: Actor, doubt: DoubtfulContact) -> None:
    """Close the task: the person gave a better address, or the old one works after all."""
    doubt.resolved_at, doubt.resolved_by_user_id = clock.now(), actor.user_id
    doubt.save(update_fields=["resolved_at", "resolved_by_user_id"])
    record(actor, "contact.doubt_resolved", doubt, patient_id=doubt.patient_id)
