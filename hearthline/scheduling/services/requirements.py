"""What an appointment cannot be held without: noted at booking, changed later, arranged by staff."""

from collections.abc import Mapping

from django.db import transaction

from hearthline.audit.services import record
from hearthline.directory.models import Patient
from hearthline.directory.places import SIGN_LANGUAGE_CODES
from hearthline.foundation import changes, clock
from hearthline.identity.actor import Actor
from hearthline.scheduling import errors
from hearthline.scheduling.models import Appointment, BookingDraft, Requirement
from hearthline.scheduling.rules.requirements import OF_ACCESS_NEED, Kind, Wish, is_way_of, wishes_of
from hearthline.scheduling.rules.states import Status
from hearthline.scheduling.services.base import lock_appointment

LIST_TOPIC = "visits"
OPEN = frozenset({Status.PROPOSED, Status.BOOKED, Status.ARRIVED})


def interpreter_wish(language: str, *, gender: str = "", name: str = "") -> Wish:
    """Return the wish for an interpreter of a spoken or signed language."""
    kind = Kind.SIGN_LANGUAGE if language in SIGN_LANGUAGE_CODES else Kind.INTERPRETER
    return Wish(kind, language, gender, name)


def own_interpreter(patient: Patient) -> list[Wish]:
    """Return the interpreter that stands on a patient's record."""
    if not patient.needs_interpreter:
        return []
    return [
        interpreter_wish(
            patient.interpreter_language, gender=patient.interpreter_gender, name=patient.interpreter_name
        )
    ]


def needs_of(patient: Patient) -> set[str]:
    """Return the kinds of access needs on a patient's record."""
    return {need.kind for need in patient.access_needs.all()}


def wishes_of_patient(patient: Patient) -> dict[Kind, Wish]:
    """Return what the visits of a patient cannot be held without."""
    return wishes_of(interpreters=own_interpreter(patient), access_needs=needs_of(patient))


def wishes_of_draft(draft: BookingDraft, patient: Patient) -> dict[Kind, Wish]:
    """Return what was asked for while booking; what was not asked is as on the record."""
    if draft.needs_interpreter is None:
        interpreters = own_interpreter(patient)
    elif draft.needs_interpreter:
        gender, name = draft.interpreter_gender, draft.interpreter_name
        interpreters = [interpreter_wish(draft.interpreter_language, gender=gender, name=name)]
    else:
        interpreters = []
    return wishes_of(interpreters=interpreters, access_needs=needs_of(patient) | set(draft.access_needs))


def helps_only(needs: set[str]) -> list[str]:
    """Return the access needs that are no requirements: those stand in rows of their own."""
    return sorted(needs - OF_ACCESS_NEED.keys())


def note_requirements(appointment: Appointment, wishes: Mapping[Kind, Wish]) -> set[Kind]:
    """Bring an appointment's requirements to what is wished; return the kinds that changed.

    Another language makes void how the requirement was arranged.
    """
    known = {Kind(row.kind): row for row in Requirement.objects.filter(appointment=appointment)}
    changed = set(known.keys() - wishes.keys())
    Requirement.objects.filter(pk__in=[known[kind].pk for kind in changed]).delete()
    for kind, wish in wishes.items():
        row = known.get(kind) or Requirement(
            organization_id=appointment.organization_id, appointment=appointment, kind=kind
        )
        before = (row.language, row.gender, row.name)
        if kind in known and before == (wish.language, wish.gender, wish.name):
            continue
        if row.language != wish.language:
            row.way, row.arranged_at, row.arranged_by = "", None, None
        row.language, row.gender, row.name = wish.language, wish.gender, wish.name
        row.save()
        changed.add(kind)
    return changed


@transaction.atomic
def change_requirements(actor: Actor, *, appointment: Appointment, wishes: Mapping[Kind, Wish]) -> None:
    """Ask for something else than was booked.

    Raises:
        ChangeNotAllowedError: the appointment is over or off.
    """
    current = lock_appointment(appointment)
    if current.status not in OPEN:
        raise errors.ChangeNotAllowedError
    changed = note_requirements(current, wishes)
    if changed:
        fields = sorted(kind.value for kind in changed)
        record(
            actor,
            "appointment.requirements_changed",
            current,
            patient_id=current.patient_id,
            fields=fields,
        )
        changes.announce(current.organization_id, LIST_TOPIC)


@transaction.atomic
def arrange(actor: Actor, *, requirement: Requirement, way: str) -> None:
    """Note how a requirement is met without an interpreter in the call; an empty way takes that back.

    Raises:
        ChangeNotAllowedError: the appointment is over or off, or it cannot be met that way.
    """
    current = lock_appointment(requirement.appointment)
    if current.status not in OPEN or (way and not is_way_of(requirement.kind, way)):
        raise errors.ChangeNotAllowedError
    if requirement.way == way:
        return
    requirement.way = way
    requirement.arranged_at = clock.now() if way else None
    requirement.arranged_by_id = actor.user_id if way else None
    requirement.save(update_fields=["way", "arranged_at", "arranged_by"])
    record(actor, "requirement.arranged", requirement, patient_id=current.patient_id, fields=["way"])
    changes.announce(current.organization_id, LIST_TOPIC)
