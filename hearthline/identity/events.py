"""What identity tells the packages above."""

from dataclasses import dataclass
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class SessionRevoked(Event):
    """A stay ended before its person ended it: streams and calls of ``session_key`` close.

    Published once for each organization of the person. ``session_key`` is what ``Actor.session_key`` holds.
    """

    user_id: UUID
    session_key: str


@dataclass(frozen=True, kw_only=True)
class AccountRegistered(Event):
    """A patient made an account for themselves and proved the address; no patient record is linked yet."""

    user_id: UUID
    membership_id: UUID


@dataclass(frozen=True, kw_only=True)
class InvitationAccepted(Event):
    """An invited person took up their account. ``about_id`` is what the inviter gave: a patient's id, or None."""

    invitation_id: UUID
    user_id: UUID
    membership_id: UUID
    kind: str
    about_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class SecondFactorResetOpened(Event):
    """Somebody asked to remove a person's second factors; ``reset_notes.stop_link`` stops it."""

    user_id: UUID
    reset_id: UUID


@dataclass(frozen=True, kw_only=True)
class MembershipChanged(Event):
    """A member's roles changed or the membership was opened or closed again."""

    user_id: UUID
    membership_id: UUID
