"""Pure rules of helping somebody who lost every second factor: who may, in which order, and for how long."""

from collections.abc import Set
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from django.utils.translation import gettext as _

from hearthline.identity.roles import Role

CONFIRM_HOURS = 24  # for the second person; a check face to face does not stay true for long
WAIT_HOURS = 2  # in which the person, told on every channel, can stop what they did not ask for
LINK_HOURS = 24
ENROL_MINUTES = 60
MAX_WRONG_PASSWORDS = 5
CONFIRMER_DAYS = 7  # so that nobody invites their own second person for the purpose
CONFIRMER_ROLES = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
VIDEO = "video"


class ResetState(StrEnum):
    """Where a reset stands."""

    OPENED = "opened"
    WAITING = "waiting"
    READY = "ready"
    CLAIMED = "claimed"
    COMPLETED = "completed"
    STOPPED = "stopped"
    LAPSED = "lapsed"


PENDING = frozenset({ResetState.OPENED, ResetState.WAITING, ResetState.READY})


class Moments(Protocol):
    """What the state hangs on."""

    expires_at: datetime
    confirmed_at: datetime | None
    ready_at: datetime | None
    stopped_at: datetime | None
    claimed_at: datetime | None
    completed_at: datetime | None


def state_of(reset: Moments, at: datetime) -> ResetState:
    """Return where a reset stands at a moment."""
    if reset.completed_at is not None:
        return ResetState.COMPLETED
    if reset.claimed_at is not None:
        is_over = at >= reset.claimed_at + timedelta(minutes=ENROL_MINUTES)
        return ResetState.LAPSED if is_over else ResetState.CLAIMED
    if reset.stopped_at is not None:
        return ResetState.STOPPED
    if at >= reset.expires_at:
        return ResetState.LAPSED
    if reset.confirmed_at is None or reset.ready_at is None:
        return ResetState.OPENED
    return ResetState.WAITING if at < reset.ready_at else ResetState.READY


def check_problem(how_checked: str, *, opens_others_records: bool) -> str:
    """Return why a way of checking is not enough, in words; empty when it is.

    Who works in any organization, or acts for somebody else, is seen face to face; only who opens nothing but their
    own record may be checked at a distance.
    """
    if how_checked == VIDEO and opens_others_records:
        return _("For this account, see the person face to face. It opens more than their own record.")
    return ""


def confirm_problem(
    *,
    roles: Set[Role],
    confirmer_id: UUID | None,
    opener_id: UUID,
    user_id: UUID,
    member_since: datetime,
    at: datetime,
) -> str:
    """Return why somebody cannot be the second person, in words; empty when they can."""
    if confirmer_id is None or not roles & CONFIRMER_ROLES:
        return _("An administrator or an auditor confirms this.")
    if confirmer_id == user_id:
        return _("This is about your own account. Somebody else has to confirm it.")
    if confirmer_id == opener_id:
        return _("You opened this. A second person has to confirm it.")
    if at < member_since + timedelta(days=CONFIRMER_DAYS):
        return _("You joined less than seven days ago. Ask a colleague who has been here longer.")
    return ""
