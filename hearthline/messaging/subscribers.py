"""What messaging does when something happens below it: those concerned are told of unusual access."""

from django.conf import settings
from django.urls import reverse

from hearthline.compliance.events import BreakGlassOpened
from hearthline.directory.queries import record_ids_of_account
from hearthline.foundation.events import subscriber
from hearthline.identity.actor import Actor
from hearthline.identity.events import SecondFactorResetOpened
from hearthline.identity.models import Membership
from hearthline.identity.reset_notes import stop_link
from hearthline.identity.roles import STAFF_ROLES, Role
from hearthline.messaging import notices
from hearthline.messaging.models import StaffNotice
from hearthline.messaging.services import notify


@subscriber(BreakGlassOpened)
def tell_privacy_officers(event: BreakGlassOpened) -> None:
    """Tell each privacy officer but the opener; where there is none, the administrators."""
    members = Membership.objects.filter(organization_id=event.organization_id, is_active=True)
    others = members.exclude(user_id=event.user_id)
    officers = others.filter(roles__contains=[Role.AUDITOR.value])
    told = list(officers) or list(others.filter(roles__contains=[Role.ADMINISTRATOR.value]))
    notices.tell_users(
        organization_id=event.organization_id,
        user_ids=[member.user_id for member in told],
        kind=StaffNotice.Kind.GLASS_BROKEN,
        about=("break_glass", event.break_glass_id),
        path=reverse("compliance:reviews"),
        key=f"break_glass.{event.break_glass_id}",
    )
    for member in told:
        notify(
            actor=Actor.system(event.organization_id, "emergency access"),
            user_id=member.user_id,
            template="staff.notice",
            context={"count": 1, "link": f"{settings.PUBLIC_URL}{reverse('compliance:reviews')}"},
            about=("break_glass", event.break_glass_id),
            key=f"break_glass.{event.break_glass_id}.{member.user_id}",
        )


@subscriber(BreakGlassOpened)
def tell_patient(event: BreakGlassOpened) -> None:
    """Tell the patient that somebody outside the care team opened the record."""
    notify(
        actor=Actor.system(event.organization_id, "emergency access"),
        patient_id=event.patient_id,
        template="record.opened",
        context={
            "when": event.occurred_at,
            "link": f"{settings.PUBLIC_URL}{reverse('compliance:access_report')}",
        },
        about=("break_glass", event.break_glass_id),
        key=f"break_glass.{event.break_glass_id}.patient",
    )


@subscriber(SecondFactorResetOpened)
def tell_owner_of_reset(event: SecondFactorResetOpened) -> None:
    """Tell the person beside the e-mail that identity sent: patients by their own channel, staff in their list."""
    link = stop_link(event.organization_id, event.reset_id)
    about = ("second_factor_reset", event.reset_id)
    for patient_id in record_ids_of_account(event.user_id):
        notify(
            actor=Actor.system(event.organization_id, "second factor reset"),
            patient_id=patient_id,
            template="account.reset",
            context={"link": link},
            about=about,
            key=f"second_factor_reset.{event.reset_id}.{patient_id}",
        )
    if Membership.objects.filter(
        organization_id=event.organization_id,
        user_id=event.user_id,
        roles__overlap=[role.value for role in STAFF_ROLES],
    ).exists():
        notices.tell_users(
            organization_id=event.organization_id,
            user_ids=[event.user_id],
            kind=StaffNotice.Kind.OTHER,
            about=about,
            path=link.removeprefix(settings.PUBLIC_URL),
            key=f"second_factor_reset.{event.reset_id}",
        )
