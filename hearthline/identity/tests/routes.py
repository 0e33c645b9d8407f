"""Real objects for the walk over every route."""

from datetime import timedelta
from typing import Any

from hearthline.foundation import clock
from hearthline.identity.invitations import invite_staff
from hearthline.identity.models import SecondFactorReset, SignIn
from hearthline.identity.reset_notes import stop_link
from hearthline.identity.roles import Role
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    member = {"membership_id": people.nurse.membership.id}
    invited = invite_staff(
        actor=people.administrator.actor,
        email="walk@riverbend.example",
        name="Walk",
        roles=frozenset({Role.NURSE}),
        language="en",
    )
    reset = SecondFactorReset.objects.create(
        organization_id=people.organization.id,
        user=people.nurse.user,
        opened_by=people.administrator.user,
        how_checked=SecondFactorReset.Check.KNOWN,
        reason="lost",
        expires_at=clock.now() + timedelta(hours=1),
    )
    stay = SignIn.objects.create(user=people.nurse.user, device="Walk")
    return {
        "identity:staff_roles": member,
        "identity:staff_deactivate": member,
        "identity:staff_reactivate": member,
        "identity:reset_open": {"user_id": people.nurse.user.id},
        "identity:staff_unlock": member,
        "identity:reset": {"reset_id": reset.id},
        "identity:reset_stop": {"reset_id": reset.id},
        "identity:reset_stop_link": {"token": stop_link(reset.organization_id, reset.id).split("/")[-3]},
        "identity:staff_resend": {"invitation_id": invited.id},
        "identity:staff_withdraw": {"invitation_id": invited.id},
        "identity:stay_end": {"stay_id": stay.id},
    }
