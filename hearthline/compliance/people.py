"""What compliance asks about patients, answered by the package above that knows them.

``directory`` hands its answers in at start-up (``use``), as imports go down only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from hearthline.identity.actor import Actor

MAX_FOUND = 20


@dataclass(frozen=True)
class PatientName:
    """A patient as a list shows one: ``detail`` tells namesakes apart."""

    id: UUID
    name: str
    detail: str = ""


class PatientDirectory(Protocol):
    """What the directory of patients answers."""

    def named(self, organization_id: UUID, patient_ids: Iterable[UUID]) -> dict[UUID, PatientName]:
        """Return the patients with these ids."""
        ...

    def found(self, organization_id: UUID, text: str) -> list[PatientName]:
        """Return the patients that a name or a number means, at most ``MAX_FOUND``."""
        ...

    def own(self, actor: Actor) -> list[PatientName]:
        """Return the patients whose record the actor may see as patient or caregiver."""
        ...

    def record_ids(self, organization_id: UUID, patient_id: UUID) -> list[UUID]:
        """Return every record number under which a patient was kept."""
        ...


_directory: list[PatientDirectory] = []


def use(directory: PatientDirectory) -> None:
    """Tell who answers."""
    _directory[:] = [directory]


def patients() -> PatientDirectory:
    """Return who answers."""
    return _directory[0]
