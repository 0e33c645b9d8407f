"""A month behind and two weeks ahead of appointments, and a today that is always today."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from hearthline.charting import notes, rules
from hearthline.charting.models import Encounter, EncounterFact, Note, VisitSummary
from hearthline.demo.clinic import CONSENT, Clinic
from hearthline.demo.interpreters import book_interpreter
from hearthline.demo.population import SEED
from hearthline.demo.readiness import prepare_patients, rank_past
from hearthline.demo.rooms import hold_visit, open_rooms
from hearthline.demo.scenarios import SCENARIOS, Scenario
from hearthline.directory.models import CareRelationship, Patient, Practitioner
from hearthline.foundation import clock
from hearthline.scheduling.models import Appointment, Service
from hearthline.scheduling.reminding import plan_messages
from hearthline.scheduling.services.requirements import note_requirements, wishes_of_patient
from hearthline.tenancy.context import acting_in
from hearthline.visits.choices import VisitState
from hearthline.visits.services.lifecycle import follow_end_of_appointment, visit_for_appointment

DAYS_BEHIND = 30
DAYS_AHEAD = 14
FIRST_HOUR, LAST_HOUR = 9, 17
VISITS_A_DAY = 4
TODAY_BEFORE, TODAY_AFTER = 6, 9
ROUND_MINUTES = 10
STORY_VISITS = (("amara", 12), ("yusuf", 32), ("priya", 52))  # practitioner, minutes from now, for each story
BUSY = ("amara", "priya", "yusuf", "elena", "tomas")


@dataclass(frozen=True)
class Planned:
    """An appointment to be made."""

    practitioner: Practitioner
    patient: Patient
    service: Service
    starts_at: datetime
    key: str


def fill_calendar(clinic: Clinic, patients: list[Patient]) -> int:
    """Make the appointments that are missing and settle those that have passed; return how many were made."""
    zone = ZoneInfo(clinic.organization.zone)
    now = clock.now()
    today = now.astimezone(zone).date()
    made = 0
    with acting_in(clinic.organization.id):
        known = set(Appointment.objects.values_list("idempotency_key", flat=True))
        plans = list(_stories(clinic, patients, now))
        if not any(key.startswith(f"demo today {now:%Y-%m-%d}") for key in known):
            plans += _today(clinic, patients, now)
        for offset in range(-DAYS_BEHIND, DAYS_AHEAD + 1):
            if offset:
                plans += _ordinary_day(clinic, patients, today + timedelta(days=offset), zone)
        for plan in plans:
            made += plan.key not in known and _book(clinic, plan)
        _settle(clinic, now)
        open_rooms(clinic, now)
        book_interpreter(clinic)
        prepare_patients(clinic, now)
        rank_past()
    return made


def _ordinary_day(clinic: Clinic, patients: list[Patient], day: date, zone: ZoneInfo) -> Iterator[Planned]:
    if day.weekday() > 4:
        return
    draw = random.Random(f"{SEED} {day}")
    starts = [
        datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
        for hour in range(FIRST_HOUR, LAST_HOUR)
        for minute in (0, 30)
    ]
    for key in BUSY:
        for start in sorted(draw.sample(starts, VISITS_A_DAY)):
            yield _plan(clinic, key, draw.choice(patients[3:]), start, f"demo {day} {key} {start:%H%M}", draw)


def _today(clinic: Clinic, patients: list[Patient], now: datetime) -> Iterator[Planned]:
    """Spread today's appointments round this moment, so that the waiting room is never empty."""
    draw = random.Random(f"{SEED} today {now:%Y-%m-%d}")
    for key in BUSY:
        for number in range(-TODAY_BEFORE, TODAY_AFTER):
            start = _rounded(now + timedelta(minutes=number * 50 + draw.randint(0, 2) * 10))
            name = f"demo today {now:%Y-%m-%d} {key} {number}"
            yield _plan(clinic, key, draw.choice(patients[3:]), start, name, draw)


def _stories(clinic: Clinic, patients: list[Patient], now: datetime) -> Iterator[Planned]:
    """Give each person with a story an appointment soon, unless one is still ahead."""
    draw = random.Random(SEED)
    for patient, (key, minutes) in zip(patients, STORY_VISITS, strict=False):
        ahead = Appointment.objects.filter(
            patient=patient,
            status__in=["booked", "arrived"],
            ends_at__gt=now,
            starts_at__lt=now + timedelta(hours=3),
        )
        if not ahead.exists():
            start = _rounded(now + timedelta(minutes=minutes))
            yield _plan(clinic, key, patient, start, f"demo story {patient.pk} {start:%Y%m%d%H%M}", draw)


def _rounded(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // ROUND_MINUTES * ROUND_MINUTES, second=0, microsecond=0)


def _plan(
    clinic: Clinic, key: str, patient: Patient, start: datetime, name: str, draw: random.Random
) -> Planned:
    service = (
        clinic.services["skin"] if key == "tomas" else clinic.services[draw.choice(["checkup", "follow_up"])]
    )
    return Planned(clinic.practitioners[key], patient, service, start, name)


def _book(clinic: Clinic, plan: Planned) -> bool:
    """Book as planned; a time that is taken is left out (the database says so)."""
    ends_at = plan.starts_at + timedelta(minutes=plan.service.duration_minutes)
    appointment = Appointment(
        organization_id=clinic.organization.id,
        patient=plan.patient,
        practitioner=plan.practitioner,
        service=plan.service,
        site=clinic.site,
        starts_at=plan.starts_at,
        ends_at=ends_at,
        period=(plan.starts_at, ends_at),
        mode="phone" if plan.patient.birth_date.year < 1942 else "video",
        status=Appointment.Status.BOOKED.value,
        location_jurisdiction="US-TX",
        location_place="home",
        patient_zone=plan.patient.zone,
        practitioner_zone=clinic.site.zone,
        language=plan.patient.language,
        idempotency_key=plan.key,
    )
    try:
        with transaction.atomic():
            appointment.save(force_insert=True)
    except IntegrityError:
        return False
    note_requirements(appointment, wishes_of_patient(plan.patient))
    if plan.key.startswith("demo story"):
        plan_messages(appointment)
    CareRelationship.objects.get_or_create(
        organization_id=clinic.organization.id,
        patient=plan.patient,
        practitioner=plan.practitioner,
        source=CareRelationship.Source.APPOINTMENT,
        source_id=appointment.id,
        defaults={"starts_at": plan.starts_at - timedelta(days=60)},
    )
    return True


def _settle(clinic: Clinic, now: datetime) -> None:
    """Say of every appointment that has passed how it went, with encounter, note and summary."""
    past = Appointment.objects.filter(status="booked", ends_at__lt=now).select_related(
        "patient", "practitioner__membership", "service"
    )
    for appointment in past:
        draw = random.Random(appointment.idempotency_key)
        luck = draw.random()
        if luck < 0.06:
            appointment.status, appointment.reason_code = "noshow", "no_answer"
            visit_for_appointment(appointment)
            follow_end_of_appointment(appointment, VisitState.ABANDONED)
        elif luck < 0.14:
            appointment.status, appointment.reason_code = (
                "cancelled",
                draw.choice(["time", "better", "clinic"]),
            )
            follow_end_of_appointment(appointment, VisitState.CANCELLED)
        else:
            appointment.status = "fulfilled"
            _chart_visit(clinic, appointment, draw)
        appointment.save(update_fields=["status", "reason_code"])


def _chart_visit(clinic: Clinic, appointment: Appointment, draw: random.Random) -> None:
    scenario = draw.choice(SCENARIOS)
    late = timedelta(minutes=draw.randint(0, 6))
    length = timedelta(minutes=draw.randint(8, appointment.service.duration_minutes))
    started_at, ended_at = appointment.starts_at + late, appointment.starts_at + late + length
    patient = appointment.patient
    encounter = Encounter.objects.create(
        organization_id=clinic.organization.id,
        patient=patient,
        practitioner=appointment.practitioner,
        status=Encounter.Status.FINISHED,
        reason=scenario.reason,
        started_at=started_at,
        ended_at=ended_at,
    )
    hold_visit(appointment, encounter, started_at, ended_at)
    _facts(encounter, appointment, draw, started_at, length)
    _note(encounter, scenario, ended_at + timedelta(minutes=draw.randint(2, 90)))
    if draw.random() < 0.7:
        _summary(encounter, scenario, ended_at, was_read=draw.random() < 0.6)


def _consent_title(language: str) -> str:
    return f"{CONSENT.get(language, CONSENT['en'])[0]} (v1)"


def _facts(
    encounter: Encounter,
    appointment: Appointment,
    draw: random.Random,
    started_at: datetime,
    length: timedelta,
) -> None:
    why = "" if appointment.mode == "video" else "agreed"
    kinds: list[tuple[str, str, str, int | None]] = [
        ("identity_checked", "", "name and date of birth", None),
        ("location_stated", appointment.location_jurisdiction, appointment.patient.address or "home", None),
        ("consent_given", "telehealth", _consent_title(appointment.patient.language), None),
        ("licence_checked", appointment.location_jurisdiction, "licensed", None),
        ("modality_used", appointment.mode, why, int(length.total_seconds())),
    ]
    if draw.random() < 0.2:
        kinds.insert(3, ("company_stated", "", "a family member", None))
    EncounterFact.objects.bulk_create(
        EncounterFact(
            organization_id=encounter.organization_id,
            encounter=encounter,
            kind=kind,
            occurred_at=started_at + timedelta(seconds=20 * number),
            code=code,
            detail=detail,
            seconds=seconds,
        )
        for number, (kind, code, detail, seconds) in enumerate(kinds)
    )


def _note(encounter: Encounter, scenario: Scenario, signed_at: datetime) -> None:
    sections: dict[str, Any] = {name: getattr(scenario, name) for name in rules.NOTE_SECTIONS}
    statements = "\n".join(notes.statements_of(encounter))
    digest = rules.note_digest(
        author_id=str(encounter.practitioner_id),
        signed_at=signed_at,
        sections=sections,
        statements=statements,
    )
    Note.objects.create(
        organization_id=encounter.organization_id,
        encounter=encounter,
        author=encounter.practitioner,
        status=Note.Status.SIGNED,
        statements=statements,
        signed_at=signed_at,
        digest=digest,
        created_at=signed_at,
        **sections,
    )


def _summary(encounter: Encounter, scenario: Scenario, ended_at: datetime, *, was_read: bool) -> None:
    language = encounter.patient.page_language
    discussed, to_do, help_when = scenario.summary[language]
    VisitSummary.objects.create(
        organization_id=encounter.organization_id,
        encounter=encounter,
        author=encounter.practitioner,
        language=language,
        what_we_discussed=discussed,
        what_to_do=to_do,
        when_to_get_help=help_when,
        released_at=ended_at + timedelta(minutes=20),
        first_read_at=ended_at + timedelta(hours=2) if was_read else None,
    )
