"""Reads that a page shows as one thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Prefetch

from hearthline.charting.models import (
    Allergy,
    ChartReview,
    Document,
    Encounter,
    Medication,
    Note,
    Problem,
    VitalSign,
)
from hearthline.charting.vital_kinds import KINDS, VitalKind
from hearthline.directory.models import Patient

TREND_POINTS = 12
RECENT_ENCOUNTERS = 10
RECENT_DOCUMENTS = 10
LIST_LIMIT = 200


@dataclass(frozen=True)
class VitalTrend:
    """The latest value of a kind and the ones before it, oldest first."""

    kind: VitalKind
    latest: VitalSign
    points: Sequence[tuple[datetime, Decimal]]

    @property
    def shown(self) -> str:
        """The latest value as people write it."""
        return shown_value(self.latest)


@dataclass(frozen=True)
class Chart:
    """What the chart page shows of a patient."""

    patient: Patient
    problems: Sequence[Problem]
    allergies: Sequence[Allergy]
    medications: Sequence[Medication]
    vitals: Sequence[VitalTrend]
    encounters: Sequence[Encounter]
    documents: Sequence[Document]
    reviews: dict[str, ChartReview]


def shown_value(vital: VitalSign) -> str:
    """Return a measurement with its decimals: "128/82", "36.6"."""
    kind = KINDS[vital.kind]
    shown = f"{vital.value:.{kind.decimals}f}"
    return f"{shown}/{vital.second_value:.{kind.decimals}f}" if vital.second_value is not None else shown


def latest_reviews(patient: Patient) -> dict[str, ChartReview]:
    """Return, for each list, when it was last gone through."""
    rows = ChartReview.objects.filter(patient=patient).order_by("subject", "-reviewed_at").distinct("subject")
    return {row.subject: row for row in rows}


def vital_trends(patient: Patient) -> list[VitalTrend]:
    """Return the latest values of every kind the patient has, with up to twelve points each."""
    trends = []
    for key, kind in KINDS.items():
        rows = list(
            VitalSign.objects.filter(patient=patient, kind=key, entered_in_error_at__isnull=True)[
                :TREND_POINTS
            ]
        )
        if rows:
            points = [(row.taken_at, row.value) for row in reversed(rows)]
            trends.append(VitalTrend(kind, rows[0], points))
    return trends


def allergies_of(patient: Patient) -> list[Allergy]:
    """Return the allergies in force."""
    return list(
        Allergy.objects.filter(patient=patient, is_active=True, entered_in_error_at__isnull=True)[:LIST_LIMIT]
    )


def medications_of(patient: Patient) -> list[Medication]:
    """Return the medicines the patient takes or has paused."""
    rows = Medication.objects.filter(patient=patient, entered_in_error_at__isnull=True)
    return list(rows.exclude(status=Medication.Status.STOPPED)[:LIST_LIMIT])


def problems_of(patient: Patient) -> list[Problem]:
    """Return the problem list, active ones first."""
    return list(Problem.objects.filter(patient=patient, entered_in_error_at__isnull=True)[:LIST_LIMIT])


def chart_of(patient: Patient) -> Chart:
    """Return everything the chart page shows. The caller has checked access and audits the read."""
    signed = Note.objects.filter(status=Note.Status.SIGNED).select_related("author")
    encounters = (
        Encounter.objects.filter(patient=patient)
        .exclude(status=Encounter.Status.ENTERED_IN_ERROR)
        .select_related("practitioner")
        .prefetch_related(Prefetch("notes", queryset=signed, to_attr="signed_notes"))
    )
    documents = Document.objects.filter(patient=patient, entered_in_error_at__isnull=True)
    return Chart(
        patient=patient,
        problems=problems_of(patient),
        allergies=allergies_of(patient),
        medications=medications_of(patient),
        vitals=vital_trends(patient),
        encounters=list(encounters[:RECENT_ENCOUNTERS]),
        documents=list(documents[:RECENT_DOCUMENTS]),
        reviews=latest_reviews(patient),
    )
