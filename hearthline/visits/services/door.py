"""At the door: two identifiers, where the patient is, the licence, and the waiting room."""

import unicodedata
from datetime import date
from typing import Any

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.scheduling.queries import is_licensed_at
from hearthline.visits import rules
from hearthline.visits.choices import QueueKind, VisitState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.events import PatientWantsCall
from hearthline.visits.models import PreparationAnswer, Visit
from hearthline.visits.services.room import lock_visit, note_queue

IDENTITY_ATTEMPTS_MOST = 5


def _plain(name: str) -> str:
    """Return a name as it is compared: without accents, case, spaces or hyphens."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())


def check_identity(*, actor: Actor, visit: Visit, family_name: str, birth_date: date) -> bool:
    """Compare the two identifiers that the person gave at the door; note when they agree.

    Raises:
        VisitRefusedError: too many wrong answers: the clinician asks in person then.
    """
    visit = lock_visit(visit)
    if visit.identity_attempts >= IDENTITY_ATTEMPTS_MOST:
        raise VisitRefusedError("identity_limit")
    patient = visit.patient
    known = {_plain(patient.family_name or patient.given_names), _plain(patient.full_name)}
    agrees = _plain(family_name) in known and birth_date == patient.birth_date
    if agrees:
        visit.identity_checked_at = clock.now()
        visit.save(update_fields=["identity_checked_at"])
        audit.record(actor, "visit.identity_checked", visit, patient_id=visit.patient_id)
        return True
    visit.identity_attempts += 1
    visit.save(update_fields=["identity_attempts"])
    return False


def why_not_in(visit: Visit) -> str:
    """Return the code of what keeps the patient from coming in, or an empty text.

    The licence is asked again here, for the place where the patient is now, not where they said when booking.
    """
    if not visit.is_open:
        return "closed"
    if visit.state == VisitState.IN_PROGRESS:
        return ""
    now = clock.now()
    if not rules.is_door_open(visit.starts_at, visit.ends_at, now):
        return "too_early" if now < visit.starts_at else "too_late"
    answered = frozenset(PreparationAnswer.objects.filter(visit=visit).values_list("question", flat=True))
    if rules.missing_at_the_door(answered):
        return "prepare_first"
    if not is_licensed_at(visit.practitioner_id, visit.jurisdiction, now):
        return "not_licensed"
    return ""


def want_call(*, actor: Actor, visit: Visit) -> None:
    """The patient leaves the waiting page and wants to be called back."""
    visit = lock_visit(visit)
    if visit.state != VisitState.WAITING:
        raise VisitRefusedError("closed")
    visit.call_wanted_at = visit.call_wanted_at or clock.now()
    visit.save(update_fields=["call_wanted_at"])
    note_queue(visit, QueueKind.LEFT_TO_BE_CALLED, actor)
    audit.record(actor, "visit.call_wanted", visit, patient_id=visit.patient_id)
    publish(
        PatientWantsCall(
            organization_id=visit.organization_id,
            visit_id=visit.pk,
            patient_id=visit.patient_id,
            wanted_at=visit.call_wanted_at,
        )
    )


def note_call(*, actor: Actor, visit: Visit) -> None:
    """A member of staff called the patient who had left."""
    visit = lock_visit(visit)
    visit.called_at = clock.now()
    visit.save(update_fields=["called_at"])
    note_queue(visit, QueueKind.CALLED, actor)
    audit.record(actor, "visit.called", visit, patient_id=visit.patient_id)


def estimate_for(visit: Visit) -> rules.Estimate:
    """Return the place in the clinician's line and an honest estimate."""
    ahead = Visit.objects.filter(
        practitioner_id=visit.practitioner_id, state=VisitState.WAITING, starts_at__lt=visit.starts_at
    ).count()
    running = (
        Visit.objects.filter(practitioner_id=visit.practitioner_id, state=VisitState.IN_PROGRESS)
        .exclude(pk=visit.pk)
        .order_by("-started_at")
        .first()
    )
    return rules.estimate_wait(
        at=clock.now(),
        starts_at=visit.starts_at,
        ahead=ahead,
        current_started_at=running.started_at if running else None,
    )


def facts_at_the_door(visit: Visit) -> dict[str, Any]:
    """Return what the clinician sees all the time: place, telephone, company, identity."""
    return {
        "jurisdiction": visit.jurisdiction,
        "place": visit.place,
        "call_back_number": visit.call_back_number,
        "company": visit.company,
        "is_alone": visit.is_alone,
        "is_identity_checked": visit.identity_checked_at is not None,
    }
