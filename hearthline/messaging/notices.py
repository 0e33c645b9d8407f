"""Notices to staff inside the application: what happened and where to look, never anything clinical."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import QuerySet

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.identity.roles import Role
from hearthline.messaging.models import StaffNotice

MAX_RECIPIENTS = 200


def tell_users(
    *,
    organization_id: UUID,
    user_ids: Iterable[UUID],
    kind: str,
    about: tuple[str, UUID],
    path: str,
    key: str,
) -> None:
    """Put one notice in the list of each person; the same ``key`` is told once."""
    put(
        notices_to(
            organization_id=organization_id, user_ids=user_ids, kind=kind, about=about, path=path, key=key
        )
    )


def notices_to(
    *,
    organization_id: UUID,
    user_ids: Iterable[UUID],
    kind: str,
    about: tuple[str, UUID],
    path: str,
    key: str,
) -> list[StaffNotice]:
    """Return one notice for each person, to be put together with others."""
    return [
        StaffNotice(
            organization_id=organization_id,
            user_id=user_id,
            kind=kind,
            about_type=about[0],
            about_id=about[1],
            path=path,
            key=key,
        )
        for user_id in sorted(set(user_ids))[:MAX_RECIPIENTS]
    ]


def put(notices: Iterable[StaffNotice]) -> None:
    """Put notices in people's lists, in one statement; those told before are left out."""
    StaffNotice.objects.bulk_create(notices, ignore_conflicts=True)


def tell_roles(
    *, organization_id: UUID, roles: Collection[Role], kind: str, about: tuple[str, UUID], path: str, key: str
) -> None:
    """Put a notice in the list of everybody who holds one of the roles."""
    members = Membership.objects.filter(is_active=True, roles__overlap=[role.value for role in roles])
    tell_users(
        organization_id=organization_id,
        user_ids=members.values_list("user_id", flat=True),
        kind=kind,
        about=about,
        path=path,
        key=key,
    )


def notices_for(actor: Actor) -> QuerySet[StaffNotice]:
    """Return the actor's own notices, newest first."""
    if actor.user_id is None:
        return StaffNotice.objects.none()
    return StaffNotice.objects.filter(user_id=actor.user_id)


def count_unread(actor: Actor) -> int:
    """Return how many notices the actor has not read; the navigation shows it."""
    return notices_for(actor).filter(read_at=None).count()


def mark_read(*, actor: Actor, notice_ids: Collection[UUID] | None = None) -> int:
    """Mark the actor's notices as read: those given, or all."""
    rows = notices_for(actor).filter(read_at=None)
    if notice_ids is not None:
        rows = rows.filter(pk__in=notice_ids)
    return rows.update(read_at=clock.now())
