"""Count the time of work by itself, let its person correct it with a reason, and say that it is true."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.foundation import activity as rules
from hearthline.foundation import clock
from hearthline.foundation.worktime import counted_elsewhere_until, lock_time_of
from hearthline.identity.actor import Actor
from hearthline.identity.roles import PRESCRIBER_ROLES
from hearthline.monitoring.alerts.models import Case
from hearthline.monitoring.triage.errors import TimeRefusedError
from hearthline.monitoring.triage.models import TimeEntry

PACKAGE = "triage"


def count(*, actor: Actor, patient: Patient, seconds: int, case: Case | None = None) -> TimeEntry | None:
    """Count active seconds that a page tells of; the stretch they went to, or None when they are worth nothing."""
    user_id = _person(actor)
    now = clock.now()
    newest = _newest(user_id)
    before = newest and (_is_same(newest, patient), newest.ends_at, newest.active_seconds)
    found = rules.credit(
        claimed_seconds=seconds,
        now=now,
        newest=rules.Stretch(*before) if before else None,
        seconds_of_the_day=_seconds_of_the_day(user_id, patient, now),
        elsewhere_until=counted_elsewhere_until(PACKAGE, user_id),
    )
    if found is None:
        return None
    if found.is_new or newest is None:
        return _begin(actor, patient, found.starts_at, now, found.seconds, case)
    newest.ends_at = now
    newest.active_seconds += found.seconds
    newest.counted_seconds += found.seconds
    newest.case = newest.case or case
    newest.save(update_fields=["ends_at", "active_seconds", "counted_seconds", "case"])
    return newest


def _is_same(newest: TimeEntry, patient: Patient) -> bool:
    """A stretch that its person has attested or corrected is finished."""
    return newest.patient_id == patient.pk and newest.attested_at is None and not newest.edit_reason


def _person(actor: Actor) -> UUID:
    if actor.user_id is None:
        raise TimeRefusedError("not_allowed")
    lock_time_of(actor.user_id)
    return actor.user_id


def newest_end(user_id: UUID) -> datetime | None:
    """Return until when a person's newest stretch lasts, for those who count other work of theirs."""
    newest = _newest(user_id)
    return newest.ends_at if newest else None


def _newest(user_id: UUID) -> TimeEntry | None:
    return TimeEntry.objects.filter(user_id=user_id).order_by("-ends_at").first()


def _seconds_of_the_day(user_id: UUID, patient: Patient, now: datetime) -> int:
    day = TimeEntry.objects.filter(user_id=user_id, patient=patient, starts_at__gt=now - timedelta(days=1))
    return day.aggregate(total=Sum("active_seconds"))["total"] or 0


def _begin(
    actor: Actor,
    patient: Patient,
    starts_at: datetime,
    ends_at: datetime,
    seconds: int,
    case: Case | None,
    **values: object,
) -> TimeEntry:
    is_review = actor.has_role(*PRESCRIBER_ROLES)
    purpose = TimeEntry.Purpose.REVIEW if is_review else TimeEntry.Purpose.MANAGEMENT
    return TimeEntry.objects.create(
        organization_id=actor.organization_id,
        user_id=_person(actor),
        patient=patient,
        case=case,
        purpose=purpose,
        starts_at=starts_at,
        ends_at=ends_at,
        active_seconds=seconds,
        counted_seconds=seconds,
        **values,
    )


def note_contact(*, actor: Actor, patient: Patient, minutes: int, case: Case | None = None) -> TimeEntry:
    """Note that the actor spoke with the person just now, by voice or video, for so long.

    What the page had counted of these minutes for the same person becomes part of the talk.

    Raises:
        TimeRefusedError: the minutes overlap time for somebody else, or are none.
    """
    user_id = _person(actor)
    now = clock.now()
    length = timedelta(minutes=minutes)
    if not timedelta(0) < length <= rules.MOST_OF_A_SITTING:
        raise TimeRefusedError("minutes")
    starts_at = now - length
    touching = TimeEntry.objects.filter(user_id=user_id, ends_at__gt=starts_at)
    same = [one for one in touching if _is_same(one, patient)]
    elsewhere = counted_elsewhere_until(PACKAGE, user_id)
    if len(same) != touching.count() or (elsewhere is not None and elsewhere > starts_at):
        raise TimeRefusedError("overlap")
    for one in same:
        if one.starts_at < starts_at:
            starts_at = one.starts_at
        one.delete()
    before = sum(one.active_seconds for one in same)
    seconds = min(max(int(length.total_seconds()), before), int((now - starts_at).total_seconds()))
    made = _begin(actor, patient, starts_at, now, seconds, case, is_live_contact=True)
    record(actor, "contact.noted", made, patient_id=patient.pk)
    return made


def correct(*, actor: Actor, entry: TimeEntry, minutes: int, is_live_contact: bool, reason: str) -> None:
    """Correct one's own time, with a reason; never beyond how long it was.

    Raises:
        TimeRefusedError: someone else's, attested already, no reason, or more than there was.
    """
    locked = _own(actor, entry)
    seconds = minutes * 60
    if not reason.strip():
        raise TimeRefusedError("no_reason")
    if seconds < 0 or seconds > max((locked.ends_at - locked.starts_at).total_seconds(), 60):
        raise TimeRefusedError("minutes")
    locked.active_seconds, locked.is_live_contact, locked.edit_reason = (
        seconds,
        is_live_contact,
        reason.strip(),
    )
    locked.save(update_fields=["active_seconds", "is_live_contact", "edit_reason"])
    record(actor, "time.corrected", locked, patient_id=locked.patient_id, reason=reason)


def attest(*, actor: Actor, entry_ids: list[UUID]) -> int:
    """Say of one's own stretches that they are true: only then do they count anywhere. Return how many."""
    mine = TimeEntry.objects.filter(pk__in=entry_ids, user_id=_person(actor), attested_at__isnull=True)
    entries = list(mine.select_for_update())
    for entry in entries:
        entry.attested_at = clock.now()
        entry.save(update_fields=["attested_at"])
        record(actor, "time.attested", entry, patient_id=entry.patient_id)
    return len(entries)


def _own(actor: Actor, entry: TimeEntry) -> TimeEntry:
    locked = TimeEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if locked.user_id != actor.user_id:
        raise TimeRefusedError("not_yours")
    if locked.attested_at is not None:
        raise TimeRefusedError("attested")
    return locked
