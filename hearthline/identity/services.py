"""What other packages may ask identity to do; each is documented where it is made."""

from hearthline.identity.accounts import actor_of, create_demo_user, join_as_patient
from hearthline.identity.freshness import ensure_fresh_mfa, has_fresh_mfa, requires_fresh_mfa
from hearthline.identity.invitations import fresh_link, invite_patient_account, invite_staff
from hearthline.identity.sessions import record_activity

__all__ = [
    "actor_of",
    "create_demo_user",
    "ensure_fresh_mfa",
    "fresh_link",
    "has_fresh_mfa",
    "invite_patient_account",
    "invite_staff",
    "join_as_patient",
    "record_activity",
    "requires_fresh_mfa",
]
