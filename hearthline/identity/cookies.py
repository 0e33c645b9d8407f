"""From a session cookie to an actor, for processes without Django's middleware.

The live edge asks many times a minute who a cookie stands for. Whom it found is remembered beside a mark of every row
that this was read from: by whom and where each was written last (PostgreSQL's ``xmin`` and ``ctid``). While the mark is
the same the answer is; one statement asks for it, and for the last activity, each time.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection
from django.utils.crypto import constant_time_compare

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.models import SignIn, User
from hearthline.identity.roles import Role
from hearthline.identity.session_store import SessionStore, hash_of
from hearthline.identity.sessions import SIGN_IN_KEY, choose_actor, expiry, roles_in, stay_of
from hearthline.tenancy.context import set_context

REMEMBERED_MOST = 10_000
# The stay's own row changes with each activity, which ends nothing: of it stands here what does.
MARK = """
    SELECT stay.last_active_at, concat_ws(' ', session.xmin, session.ctid, person.xmin, person.ctid, string_agg(
        concat_ws(' ', membership.xmin, membership.ctid, organization.xmin, organization.ctid), ' '
        ORDER BY membership.id))
    FROM identity_signin stay
    JOIN django_session session ON session.session_key = %s
    JOIN identity_user person ON person.id = stay.user_id
    JOIN identity_membership membership ON membership.user_id = person.id
    JOIN tenancy_organization organization ON organization.id = membership.organization_id
    WHERE stay.id = %s AND stay.ended_at IS NULL
    GROUP BY stay.id, session.session_key, person.id
"""


@dataclass(frozen=True)
class _Found:
    actor: Actor
    stay: SignIn
    roles: frozenset[Role]
    mark: str


_remembered: dict[str, _Found] = {}


def actor_of_cookie(session_cookie: str, *, origin: str = "") -> Actor | None:
    """Return the actor of a session cookie's value, or None when nobody is signed in with it any more.

    Needs an open transaction, and leaves the organization signed in.
    """
    key = hash_of(session_cookie)
    found = _remembered.get(key)
    if found is None or not _is_still(found, key):
        _remembered.pop(key, None)
        found = _find(session_cookie, key)
    return replace(found.actor, origin=origin) if found is not None else None


def _find(session_cookie: str, key: str) -> _Found | None:
    session = SessionStore(session_cookie)
    if SESSION_KEY not in session or BACKEND_SESSION_KEY not in session:
        return None
    stay = stay_of(str(session.get(SIGN_IN_KEY, "")))
    if stay is None or stay.ended_at is not None or not _is_of(session, stay.user):
        return None
    memberships = stay.user.enter_memberships()
    roles = roles_in(memberships)
    actor = choose_actor(stay.user, memberships, session, "")
    if actor is None or clock.now() >= expiry(stay, roles)[0]:
        return None
    read = _read_mark(key, stay)
    if read is None:  # it ended just now
        return None
    found = _Found(actor, stay, roles, read[1])
    if len(_remembered) >= REMEMBERED_MOST:
        _remembered.clear()
    _remembered[key] = found
    return found


def _is_of(session: Any, user: User) -> bool:
    """Whether a session is this person's, who may still sign in and has not changed their password since."""
    is_theirs = user.is_active and session[SESSION_KEY] == str(user.pk)
    return is_theirs and constant_time_compare(
        session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    )


def _is_still(found: _Found, key: str) -> bool:
    set_context(found.actor.organization_id, found.actor.user_id)
    read = _read_mark(key, found.stay)
    if read is None or read[1] != found.mark:
        return False
    found.stay.last_active_at = read[0]
    return clock.now() < expiry(found.stay, found.roles)[0]


def _read_mark(key: str, stay: SignIn) -> tuple[datetime, str] | None:
    with connection.cursor() as cursor:
        cursor.execute(MARK, [key, stay.pk])
        return cursor.fetchone()  # type: ignore[no-any-return]
