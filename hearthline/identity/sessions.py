"""Stays: from a cookie to an actor, how long a stay lasts, and how it ends early.

``Actor.session_key`` is the id of the stay (``SignIn``). It stays the same when the cookie changes, and it is no
secret: packages may keep it beside what they opened, to close it when ``SessionRevoked`` or the channel
``session_revoked`` names it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from allauth.account.internal.userkit import user_id_to_str
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest

from hearthline.audit.services import record, record_denial
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.identity.events import SessionRevoked
from hearthline.identity.models import Membership, SignIn, User
from hearthline.identity.roles import Role
from hearthline.identity.rules import DEVICE_LENGTH, device_words, idle_limit, longest_stay
from hearthline.identity.session_store import SessionStore
from hearthline.tenancy.context import acting_in, set_context
from hearthline.tenancy.models import Organization

ORGANIZATION_KEY = "organization_id"
SIGN_IN_KEY = "sign_in_id"
SHARED_DEVICE_KEY = "is_shared_device"
METHODS_KEY = "account_authentication_methods"
METHODS_OWNER_KEY = "account_authentication_methods_user"  # both are written by django-allauth
SECOND_FACTOR_METHODS = frozenset({"mfa"})
REVOKED_CHANNEL = "session_revoked"
TOUCH_SECONDS = 15  # activity is written at most this often
REMEMBERED_DAYS = 90


@dataclass(frozen=True)
class Arrival:
    """What a request's cookie comes to: an actor, or why the stay is over."""

    actor: Actor | None = None
    memberships: tuple[Membership, ...] = ()
    stay: SignIn | None = None
    ended_because: str = ""
    is_over: bool = False

    @property
    def organization(self) -> Organization | None:
        """The organization that the actor acts in."""
        wanted = self.actor.organization_id if self.actor is not None else None
        return next((one.organization for one in self.memberships if one.organization_id == wanted), None)

    def seconds_left(self) -> int:
        """Return for how long the stay lasts if nothing more happens."""
        if self.stay is None:
            return 0
        ends_at, _ = expiry(self.stay, roles_in(self.memberships))
        return max(0, int((ends_at - clock.now()).total_seconds()))


def arrive(request: HttpRequest) -> Arrival:
    """Return the actor of a signed-in request, with the organization signed in; end the stay when its time is up.

    The organization is the one the session names, else the one used last, else the membership made first. Without a
    membership there is no actor.
    """
    user = cast("User", request.user)
    stay = stay_of(str(request.session.get(SIGN_IN_KEY, "")))
    if stay is None or stay.user_id != user.id:
        return Arrival(is_over=True)
    if stay.ended_at is not None:
        return Arrival(is_over=True, ended_because=stay.end)
    memberships = user.enter_memberships()
    ends_at, why = expiry(stay, roles_in(memberships))
    if clock.now() >= ends_at:
        set_context(None)
        end_stay(stay, why)
        return Arrival(is_over=True, ended_because=why.value)
    actor = choose_actor(user, memberships, request.session, str(request.META.get("REMOTE_ADDR", "")))
    return Arrival(actor, tuple(memberships), stay)


def roles_in(memberships: Iterable[Membership]) -> frozenset[Role]:
    """Return every role of some memberships."""
    return frozenset(Role(role) for one in memberships for role in one.roles)


def choose_actor(user: User, memberships: list[Membership], session: Any, origin: str) -> Actor | None:
    """Return a person as they act in this session, with the organization signed in; without a membership nobody."""
    if not memberships:
        return None
    wanted = (session.get(ORGANIZATION_KEY), str(user.last_organization_id))
    by_organization = {str(one.organization_id): one for one in memberships}
    membership = next((by_organization[one] for one in wanted if one in by_organization), memberships[0])
    set_context(membership.organization_id, user.id)
    methods = session.get(METHODS_KEY, []) if session.get(METHODS_OWNER_KEY) == user_id_to_str(user) else []
    second = [one for one in methods if one.get("method") in SECOND_FACTOR_METHODS]
    return Actor(
        organization_id=membership.organization_id,
        user_id=user.id,
        membership_id=membership.id,
        name=user.name,
        roles=frozenset(Role(role) for role in membership.roles),
        session_key=str(session.get(SIGN_IN_KEY, "")),
        is_mfa=bool(second),
        is_enrolment_due=user.is_enrolment_due,
        authenticated_at=last_proof(second or methods),
        origin=origin,
    )


def last_proof(methods: list[dict[str, Any]]) -> datetime | None:
    """Return when the person last proved who they are, by the records given."""
    moments = [float(method["at"]) for method in methods if "at" in method]
    return datetime.fromtimestamp(max(moments), UTC) if moments else None


def begin(request: HttpRequest, user: User) -> SignIn:
    """Open a stay for a person who just signed in on this device."""
    stay = SignIn.objects.create(
        user=user,
        device=device_words(str(request.META.get("HTTP_USER_AGENT", "")))[:DEVICE_LENGTH],
        is_shared_device=bool(request.session.get(SHARED_DEVICE_KEY)),
    )
    request.session[SIGN_IN_KEY] = str(stay.id)
    if stay.is_shared_device:
        request.session.set_expiry(0)
    return stay


def stay_of(session_key: str, *, lock: bool = False) -> SignIn | None:
    """Return the stay an actor's ``session_key`` names, ended or not."""
    try:
        wanted = UUID(session_key)
    except ValueError:
        return None
    rows = SignIn.objects.select_for_update() if lock else SignIn.objects.all()
    return rows.select_related("user").filter(pk=wanted).first()


def roles_of(user: User) -> frozenset[Role]:
    """Return every role a person holds anywhere."""
    return roles_in(user.active_memberships())


def expiry(stay: SignIn, roles: frozenset[Role]) -> tuple[datetime, SignIn.End]:
    """Return when a stay ends if nothing more happens, and of what."""
    idle_at = stay.last_active_at + idle_limit(roles, is_shared_device=stay.is_shared_device)
    longest_at = stay.started_at + longest_stay(roles)
    return (idle_at, SignIn.End.IDLE) if idle_at <= longest_at else (longest_at, SignIn.End.TOO_LONG)


def record_activity(actor: Actor) -> None:
    """Note that a person is there who was found to be signed in, in this transaction: they are in an admitted call.

    Polling and streams must not call this. A stay that has ended stays ended.
    """
    _touch(UUID(actor.session_key), clock.now())


def touch(stay: SignIn) -> None:
    """Write the activity of a stay that is known to be alive, if the last was written a while ago."""
    at = clock.now()
    if stay.last_active_at < at - timedelta(seconds=TOUCH_SECONDS):
        _touch(stay.pk, at)
        stay.last_active_at = at


def _touch(stay_id: UUID, at: datetime) -> None:
    due = SignIn.objects.filter(
        pk=stay_id, ended_at__isnull=True, last_active_at__lt=at - timedelta(seconds=TOUCH_SECONDS)
    )
    due.update(last_active_at=at)


def end_stay(stay: SignIn, why: SignIn.End) -> bool:
    """End a stay, once; tell the streams and calls that hang on it. Return whether it was still open."""
    ended = SignIn.objects.filter(pk=stay.pk, ended_at__isnull=True).update(
        ended_at=clock.now(), end=why.value
    )
    if not ended:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [REVOKED_CHANNEL, str(stay.id)])
    for membership in stay.user.active_memberships():
        publish(
            SessionRevoked(
                organization_id=membership.organization_id,
                user_id=stay.user_id,
                session_key=str(stay.id),
            )
        )
    return True


def open_stays(user_id: UUID) -> QuerySet[SignIn]:
    """Return the stays of a person that have not ended, newest first."""
    longest = clock.now() - longest_stay(frozenset())
    return SignIn.objects.filter(user_id=user_id, ended_at__isnull=True, started_at__gt=longest).order_by(
        "-started_at"
    )


def living_stays(user: User) -> list[UUID]:
    """Return the ids of the stays that would let the person in now."""
    roles, at = roles_of(user), clock.now()
    return [stay.id for stay in open_stays(user.id) if at < expiry(stay, roles)[0]]


def revoke(*, actor: Actor, stay_id: UUID) -> bool:
    """End one of the actor's own stays from another device."""
    stay = open_stays(cast("UUID", actor.user_id)).filter(pk=stay_id).select_related("user").first()
    if stay is None or not end_stay(stay, SignIn.End.REVOKED):
        return False
    record(actor, "session.revoked", stay)
    return True


def end_all(user: User, *, but: str = "", why: SignIn.End) -> int:
    """End every stay of a person (except ``but``); return how many ended."""
    stays = open_stays(user.id).select_related("user")
    return sum(end_stay(stay, why) for stay in (stays.exclude(pk=but) if but else stays))


def revoke_all(*, actor: Actor, user: User, but: str = "") -> int:
    """End every stay of a person (except ``but``), and record it in the actor's organization."""
    count = end_all(user, but=but, why=SignIn.End.REVOKED)
    if count:
        record(actor, "session.all_revoked", user)
    return count


def choose_organization(request: HttpRequest, membership: Membership) -> None:
    """Work in another of the person's organizations from now on, and remember it."""
    request.session[ORGANIZATION_KEY] = str(membership.organization_id)
    User.objects.filter(pk=membership.user_id).update(last_organization_id=membership.organization_id)


def audit_for_person(
    user: User, action: str, *, subject: Any = None, is_denied: bool = False, origin: str = ""
) -> None:
    """Record an act of signing in or out in every organization of the person, since each must be able to see it."""
    for membership in user.active_memberships():
        actor = Actor(
            organization_id=membership.organization_id,
            user_id=user.id,
            membership_id=membership.id,
            name=user.name,
            roles=frozenset(Role(role) for role in membership.roles),
            origin=origin,
        )
        with acting_in(membership.organization_id, user.id):
            write = record_denial if is_denied else record
            write(actor, action, subject or user)


def forget_old_stays() -> int:
    """Remove stays that ended long ago and sessions that expired; return how many rows went."""
    before = clock.now() - timedelta(days=REMEMBERED_DAYS)
    count, _ = SignIn.objects.filter(started_at__lt=before).delete()
    SessionStore.clear_expired()
    return count
