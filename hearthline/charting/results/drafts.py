"""What a message says, however it came: what the doors make of bytes and the pipeline files."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from hearthline.charting.results.models.reports import Abnormality, Status


class UnreadableError(Exception):
    """The message cannot be filed as it is. ``where`` is the place at fault, ``str()`` a sentence for its sender."""

    def __init__(self, where: str, sentence: str, *, code: str = "207") -> None:
        super().__init__(sentence)
        self.where = where
        self.code = code  # of HL7 table 0357


@dataclass(frozen=True, kw_only=True)
class PatientClaim:
    """Who the sender says the result is of."""

    numbers: Sequence[str]
    family_name: str
    given_names: str
    birth_date: date | None


@dataclass(frozen=True, kw_only=True)
class FileDraft:
    """A file within a result, not yet checked."""

    content: bytes
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class ObservationDraft:
    """One line of a report."""

    code: str
    code_system: str
    name: str
    kind: str
    value: str
    sub_id: str = ""
    number: Decimal | None = None
    unit: str = ""
    reference_range: str = ""
    flags: str = ""
    abnormality: Abnormality = Abnormality.NONE
    status: Status = Status.FINAL
    observed_at: datetime | None = None
    note: str = ""
    file: FileDraft | None = None


@dataclass(frozen=True, kw_only=True)
class OrdererClaim:
    """Who ordered, as the sender names them."""

    number: str = ""  # an NPI, when it is one
    family_name: str = ""
    given_names: str = ""

    @property
    def shown(self) -> str:
        """The name as it was sent."""
        return " ".join(part for part in (self.given_names, self.family_name) if part)


@dataclass(frozen=True, kw_only=True)
class ReportDraft:
    """One panel of one patient in one version."""

    patient: PatientClaim
    filler_number: str
    placer_number: str
    code: str
    code_system: str
    title: str
    status: Status
    issued_at: datetime
    collected_at: datetime | None
    is_zone_assumed: bool = False
    orderer: OrdererClaim = field(default_factory=OrdererClaim)
    note: str = ""
    observations: Sequence[ObservationDraft] = ()
    files: Sequence[FileDraft] = ()
