"""Visits that were begun from a case: remembered with it, their minutes counted on it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from hearthline.consults.models import CaseVisit, Consult, WorkTime
from hearthline.consults.services.moving import record_case, signature
from hearthline.consults.services.reading import PACKAGE, kept, newest_end
from hearthline.foundation.worktime import counted_elsewhere_until, lock_time_of
from hearthline.identity.actor import Actor
from hearthline.scheduling.models import Appointment


@transaction.atomic
def note_visit(actor: Actor, *, consult: Consult, appointment: Appointment) -> CaseVisit:
    """Note that a visit with the patient was opened from a case."""
    record_case(actor, "consult.visit_opened", consult)
    found, _is_new = CaseVisit.objects.get_or_create(
        organization_id=consult.organization_id,
        appointment=appointment,
        defaults={"consult": consult, **signature(actor)},
    )
    return found


@transaction.atomic
def count_visit(
    *, organization_id: UUID, appointment_id: UUID, starts_at: datetime, ends_at: datetime
) -> WorkTime | None:
    """Count the minutes of a visit that has ended on its case, for whoever opened it; none that is counted already.

    Told twice, it counts once: what the person's newest stretch covers is left out.
    """
    link = CaseVisit.objects.select_related("consult").filter(appointment_id=appointment_id).first()
    if link is None or link.by_id is None:
        return None
    lock_time_of(link.by_id)
    counted = (newest_end(link.by_id), counted_elsewhere_until(PACKAGE, link.by_id))
    begins = max([starts_at, *(end for end in counted if end is not None)])
    seconds = int((ends_at - begins).total_seconds())
    if seconds <= 0:
        return None
    consult = link.consult
    work = WorkTime(
        organization_id=organization_id,
        consult=consult,
        user_id=link.by_id,
        user_name=link.by_name,
        user_organization_id=link.by_organization_id,
        is_reader=consult.assignee_id == link.by_id,
        starts_at=begins,
        ends_at=ends_at,
        active_seconds=seconds,
        counted_seconds=seconds,
    )
    return kept(work)
