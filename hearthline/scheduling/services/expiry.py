"""Giving back what was held and not booked."""

from datetime import timedelta
from uuid import UUID

from hearthline.foundation import clock
from hearthline.scheduling.models import Appointment, BookingDraft
from hearthline.scheduling.rules.states import Status

KEEP_DRAFT = timedelta(days=2)
MAXIMUM_RELEASED_AT_ONCE = 500


def delete_expired_holds(practitioner_id: UUID | None = None) -> int:
    """Delete holds whose time has run out; those that someone is booking at this moment are left to them.

    ``SKIP LOCKED`` is what makes this safe: a hold that is being turned into a booking is locked by that
    transaction, and if it commits, the row is no hold any more.
    """
    expired = Appointment.objects.filter(status=Status.HELD, held_until__lte=clock.now())
    if practitioner_id is not None:
        expired = expired.filter(practitioner_id=practitioner_id)
    ids = list(
        expired.select_for_update(skip_locked=True).values_list("pk", flat=True)[:MAXIMUM_RELEASED_AT_ONCE]
    )
    if not ids:
        return 0
    delete_holds(ids)
    return len(ids)


def delete_holds(ids: list[UUID]) -> None:
    """Delete held rows and let go of them in their drafts."""
    BookingDraft.objects.filter(appointment_id__in=ids).update(appointment=None)
    Appointment.objects.filter(pk__in=ids, status=Status.HELD).delete()
