"""Reading a case: taking it up, asking for more, what was opened, and the minutes it took."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from hearthline.consults.access import is_reader
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.models import Attachment, Consult, Message, Seen, WantedPhoto, WorkTime
from hearthline.consults.models.desks import REASON_LENGTH
from hearthline.consults.rules.clocks import add_working, due_after_pause, seconds_left
from hearthline.consults.rules.states import ANSWERED, Action, Status
from hearthline.consults.services.moving import (
    lock,
    move,
    record_case,
    signature,
    tell_asker,
    tell_reader,
)
from hearthline.foundation import activity, clock
from hearthline.foundation.worktime import counted_elsewhere_until, lock_time_of
from hearthline.identity.actor import Actor

PACKAGE = "consults"
ORIGINAL = "original"
ARRIVALS_REOPEN = timedelta(days=30)  # as long as whoever answered still sees the case


def require_reader(actor: Actor, consult: Consult) -> None:
    """Refuse anybody but the reader of the case.

    Raises:
        CaseRefusedError: it is somebody else's, or nobody's.
    """
    if not is_reader(actor, consult):
        raise CaseRefusedError("not_yours")


def begin(actor: Actor, *, consult: Consult) -> Consult:
    """Take the case up; the asker sees that it is being read."""
    require_reader(actor, lock(consult))
    return move(actor, consult, Action.BEGIN)


@transaction.atomic
def ask_more(actor: Actor, *, consult: Consult, text: str, photo: Mapping[str, str] | None = None) -> Consult:
    """Ask for more, in the same case: the clock stands still until it comes.

    ``photo`` says of which place, and perhaps from how far, one more is wanted (``body_site``, ``laterality``,
    ``view``): the asker is led to take it, and the clock runs on when it has come.

    Raises:
        CaseRefusedError: no words, not the reader, or the case moved on.
    """
    if not text.strip():
        raise CaseRefusedError("no_reason")
    locked = lock(consult)
    require_reader(actor, locked)
    now = clock.now()
    left = seconds_left(locked.calendar, now, locked.due_at) if locked.due_at else 0
    moved = move(actor, locked, Action.ASK_MORE, paused_at=now, seconds_left=left)
    write(actor, moved, Message.Kind.REQUEST, text)
    if photo and photo.get("body_site"):
        WantedPhoto.objects.create(
            organization_id=moved.organization_id,
            consult=moved,
            is_request=True,
            created_at=clock.now(),
            **photo,
            **signature(actor),
        )
    tell_asker(moved)
    return moved


@transaction.atomic
def give_more(actor: Actor, *, consult: Consult, text: str) -> Consult:
    """Answer a request for more; the clock runs on with the time that was left.

    Raises:
        CaseRefusedError: no words, or nothing is awaited any more.
    """
    if not text.strip():
        raise CaseRefusedError("no_reason")
    locked = lock(consult)
    if locked.status != Status.WAITING or locked.seconds_left is None:
        raise CaseRefusedError("moved_on")
    due = due_after_pause(locked.calendar, clock.now(), locked.seconds_left)
    moved = move(actor, locked, Action.GIVE_MORE, due_at=due, paused_at=None, seconds_left=None)
    moved.wanted_photos.filter(is_request=True, met_at__isnull=True).update(met_at=clock.now())
    write(actor, moved, Message.Kind.REPLY, text)
    tell_reader(moved)
    return moved


@transaction.atomic
def say(actor: Actor, *, consult: Consult, text: str) -> None:
    """Write a word to the other side; nothing of the case changes.

    Raises:
        CaseRefusedError: no words.
    """
    if not text.strip():
        raise CaseRefusedError("no_reason")
    write(actor, consult, Message.Kind.WORD, text)
    record_case(actor, "consult.written", consult)
    if is_reader(actor, consult):
        tell_asker(consult)
    else:
        tell_reader(consult)


def write(actor: Actor, consult: Consult, kind: Message.Kind, text: str) -> None:
    """Keep a word on a case; nobody is told."""
    Message.objects.create(
        organization_id=consult.organization_id,
        consult=consult,
        kind=kind,
        text=text.strip(),
        created_at=clock.now(),
        **signature(actor),
    )


@transaction.atomic
def reopen_for_late(actor: Actor, *, consult: Consult, text: str) -> Consult:
    """Have an answered case read again, since something came after the answer; the promise begins anew.

    Raises:
        CaseRefusedError: no words, or the case is not answered.
    """
    if not text.strip():
        raise CaseRefusedError("no_reason")
    locked = lock(consult)
    moved = _reopen(actor, locked, text[:REASON_LENGTH])
    write(actor, moved, Message.Kind.REPLY, text)
    tell_reader(moved)
    return moved


@transaction.atomic
def reopen_for_arrival(actor: Actor, *, consult: Consult) -> None:
    """Have an answered case read again, since images came to it by themselves; both sides are told.

    An answer that is older than a month is not reopened: its asker is told, and decides.
    """
    locked = lock(consult)
    if locked.status not in ANSWERED or locked.answered_at is None:
        return
    if locked.answered_at < clock.now() - ARRIVALS_REOPEN:
        tell_asker(locked)
        return
    moved = _reopen(actor, locked, gettext("New images came."))
    tell_reader(moved)
    tell_asker(moved)


def _reopen(actor: Actor, locked: Consult, reason: str) -> Consult:
    due = add_working(locked.calendar, clock.now(), locked.target_minutes * 60)
    changes: dict[str, Any] = {"due_at": due, "answered_at": None, "escalated_to": 0}
    return move(actor, locked, Action.REOPEN, cause="late", reason=reason, **changes)


def note_opened(actor: Actor, *, attachment: Attachment, quality: str = ORIGINAL) -> None:
    """Remember that the reader had a file open, and in which quality; the signature will name it."""
    consult = attachment.consult
    if is_reader(actor, consult):
        Seen.objects.get_or_create(
            organization_id=consult.organization_id,
            consult=consult,
            attachment=attachment,
            by_id=actor.user_id,
            quality=quality,
            defaults={key: value for key, value in signature(actor).items() if key != "by_id"},
        )
    record_case(actor, "consult.file_read", consult)


@transaction.atomic
def count(actor: Actor, *, consult: Consult, seconds: int) -> WorkTime | None:
    """Count active seconds that a case's page tells of; None when they are worth nothing."""
    if actor.user_id is None:
        raise CaseRefusedError("not_yours")
    lock_time_of(actor.user_id)
    now = clock.now()
    newest = _newest(actor.user_id)
    same = newest is not None and newest.consult_id == consult.id and not newest.edit_reason
    found = activity.credit(
        claimed_seconds=seconds,
        now=now,
        newest=activity.Stretch(same, newest.ends_at, newest.active_seconds) if newest else None,
        seconds_of_the_day=_seconds_of_day(actor.user_id, consult, now),
        elsewhere_until=counted_elsewhere_until(PACKAGE, actor.user_id),
    )
    if found is None:
        return None
    if newest is not None and not found.is_new:
        newest.ends_at = now
        newest.active_seconds += found.seconds
        newest.counted_seconds += found.seconds
        return kept(newest)
    return kept(
        WorkTime(
            organization_id=consult.organization_id,
            consult=consult,
            user_id=actor.user_id,
            user_name=actor.name,
            user_organization_id=actor.organization_id,
            is_reader=is_reader(actor, consult),
            starts_at=found.starts_at,
            ends_at=now,
            active_seconds=found.seconds,
            counted_seconds=found.seconds,
        )
    )


def kept(work: WorkTime) -> WorkTime | None:
    """Keep a stretch of work; None when it overlaps one of another organization's case, which nobody sees from here."""
    try:
        with transaction.atomic():
            work.save()
    except IntegrityError:
        return None
    return work


def _newest(user_id: UUID) -> WorkTime | None:
    return WorkTime.objects.filter(user_id=user_id).order_by("-ends_at").first()


def newest_end(user_id: UUID) -> datetime | None:
    """Return until when a person's newest stretch lasts, for those who count other work of theirs."""
    newest = _newest(user_id)
    return newest.ends_at if newest else None


def _seconds_of_day(user_id: UUID, consult: Consult, now: datetime) -> int:
    since = now - activity.A_DAY
    day = WorkTime.objects.filter(user_id=user_id, consult=consult, starts_at__gt=since)
    return sum(day.values_list("active_seconds", flat=True))


@transaction.atomic
def correct_time(actor: Actor, *, entry: WorkTime, minutes: int, reason: str) -> None:
    """Correct one's own stretch, with a reason; never beyond how long it was.

    Raises:
        CaseRefusedError: somebody else's, no reason, or more minutes than there were.
    """
    locked = WorkTime.objects.select_for_update().get(pk=entry.pk)
    if locked.user_id != actor.user_id:
        raise CaseRefusedError("not_yours")
    if not reason.strip():
        raise CaseRefusedError("no_reason")
    if minutes < 0 or minutes * 60 > max((locked.ends_at - locked.starts_at).total_seconds(), 60):
        raise CaseRefusedError("minutes")
    locked.active_seconds, locked.edit_reason = minutes * 60, reason.strip()
    locked.save(update_fields=["active_seconds", "edit_reason"])
    record_case(actor, "consult.time_corrected", locked.consult, reason=reason)
