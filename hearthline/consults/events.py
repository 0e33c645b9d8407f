"""Facts of consults that others react to; in the organization whose people are meant."""

from dataclasses import dataclass
from uuid import UUID

from hearthline.foundation.events import Event


@dataclass(frozen=True, kw_only=True)
class CaseNeedsPerson(Event):
    """Somebody of the organization has to look at a case. Without ``user_id``: whoever coordinates its desk."""

    consult_id: UUID
    user_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class CaseGranted(Event):
    """The organization may answer a case of another one."""

    consult_id: UUID


@dataclass(frozen=True, kw_only=True)
class CaseHasNewsForPatient(Event):
    """The patient (or who asked for them) has something to read or to send."""

    consult_id: UUID
    patient_id: UUID


@dataclass(frozen=True, kw_only=True)
class OpinionSigned(Event):
    """An answer was signed (preliminary, final or an addendum); in the asking organization."""

    consult_id: UUID
    opinion_id: UUID
