"""Which requirements of an appointment are met: what the day, the room and the rescue desk say is missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from hearthline.directory.places import language_name
from hearthline.scheduling.models import Requirement
from hearthline.scheduling.rules.requirements import Kind
from hearthline.scheduling.wording import requirement_words
from hearthline.visits.choices import InterpreterState
from hearthline.visits.models import InterpreterBooking, Visit

Unmet = dict[UUID | None, list[Requirement]]  # by appointment; a visit without one is never in it


def unmet_requirements(appointment_ids: Iterable[UUID | None]) -> Unmet:
    """Return what is missing, by appointment; whose visit lacks nothing is left out.

    A requirement is met once staff said in which way, or once an interpreter of that language has accepted.
    """
    known = [one for one in appointment_ids if one is not None]
    open_rows = list(Requirement.objects.filter(appointment__in=known, way=""))
    if not open_rows:
        return {}
    accepted = set(
        InterpreterBooking.objects.filter(
            visit__appointment__in=[row.appointment_id for row in open_rows], state=InterpreterState.ACCEPTED
        ).values_list("visit__appointment_id", "kind", "language")
    )
    missing: Unmet = {}
    for row in open_rows:
        if (row.appointment_id, row.kind, row.language) not in accepted:
            missing.setdefault(row.appointment_id, []).append(row)
    return missing


def missing_words(requirement: Requirement) -> str:
    """Say what is missing, for the staff."""
    language = language_name(requirement.language) if requirement.language else ""
    words = {
        Kind.INTERPRETER: _("No interpreter yet: %(language)s"),
        Kind.SIGN_LANGUAGE: _("No sign-language interpreter yet: %(language)s"),
        Kind.CAPTIONS: _("Captions are needed, and not arranged"),
        Kind.RELAY: _("The relay service is needed, and not arranged"),
    }
    return words[Kind(requirement.kind)] % {"language": language}


@dataclass(frozen=True)
class Shown:
    """One requirement as the clinician sees it before and during the call."""

    words: str
    missing: bool


def requirements_in_words(visit: Visit) -> list[Shown]:
    """Return what has to be there for a visit, and whether it is."""
    if visit.appointment_id is None:
        return []
    rows = list(Requirement.objects.filter(appointment=visit.appointment_id))
    missing = {row.pk for row in unmet_requirements([visit.appointment_id]).get(visit.appointment_id, [])}
    bookings = InterpreterBooking.objects.filter(visit=visit, state=InterpreterState.ACCEPTED)
    called = {(one.kind, one.language): one.called for one in bookings}
    return [
        Shown(missing_words(row), missing=True)
        if row.pk in missing
        else Shown(_met(row, called), missing=False)
        for row in rows
    ]


def _met(row: Requirement, called: dict[tuple[str, str], str]) -> str:
    by_whom = str(row.get_way_display()) if row.way else called.get((row.kind, row.language), "")
    return " · ".join(filter(None, [requirement_words(row), by_whom]))


def wants_letters(visit: Visit) -> bool:
    """Whether people of this visit read what is written letter by letter from the start: somebody does not hear."""
    kinds = (Kind.CAPTIONS, Kind.RELAY, Kind.SIGN_LANGUAGE)
    return Requirement.objects.filter(appointment=visit.appointment_id, kind__in=kinds).exists()
