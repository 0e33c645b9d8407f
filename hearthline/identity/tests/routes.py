"""Real objects for the walk over every route."""

from typing import Any

from hearthline.identity.invitations import invite_staff
from hearthline.identity.models import SignIn
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
    stay = SignIn.objects.create(user=people.nurse.user, device="Walk")
    return {
        "identity:staff_roles": member,
        "identity:staff_deactivate": member,
        "identity:staff_reactivate": member,
        "identity:staff_resend": {"invitation_id": invited.id},
        "identity:staff_withdraw": {"invitation_id": invited.id},
        "identity:stay_end": {"stay_id": stay.id},
    }
