"""What the rules look at, gathered from readings, minutes, consent and order; and the same written down for good."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from hearthline.billing import rules
from hearthline.billing.rules import Evidence, Offer, Purpose, Span, Work
from hearthline.monitoring.episodes.models import Episode
from hearthline.monitoring.readings.flags import NOT_FOR_STATISTICS, Flag
from hearthline.monitoring.readings.metrics import METRICS
from hearthline.monitoring.readings.models import DailySummary, Device
from hearthline.monitoring.readings.series import series_of
from hearthline.monitoring.readings.summaries import bounds_of
from hearthline.monitoring.triage.models import TimeEntry
from hearthline.tenancy.models import Organization

# Values a person typed or a file brought count for care, never for a device day (CMS, CY 2021 final rule: data must
# be collected and transmitted by the device itself).
NOT_AUTOMATIC = int(Flag.MANUAL | Flag.IMPORTED | NOT_FOR_STATISTICS)
OVERLAP = timedelta(days=1)


def clinic_zone(organization_id: UUID) -> ZoneInfo:
    """Return the zone in which the clinic's months are told."""
    return ZoneInfo(Organization.objects.values_list("zone", flat=True).get(pk=organization_id))


def evidence_of(episodes: Iterable[Episode]) -> dict[UUID, Evidence]:
    """Return the evidence of some episodes of one organization, in few queries however many they are."""
    rows = list(episodes)
    if not rows:
        return {}
    days = _device_days(rows)
    work = _work(rows)
    seconds = rules.counted_seconds(work)
    return {
        row.pk: Evidence(
            episode=_episode(row),
            device_days=frozenset(days.get(row.monitored.number, ())),
            seconds=seconds,
            work=tuple(one for one in work if one.person == row.monitored.patient_id),
        )
        for row in rows
    }


def _episode(row: Episode) -> rules.Episode:
    zone = clinic_zone(row.organization_id)
    return rules.Episode(
        person=row.monitored.patient_id,
        practitioner=row.practitioner_id,
        ordered_on=row.ordered_on,
        consented_on=row.consent.given_at.astimezone(zone).date() if row.consent else None,
        is_established=row.is_established,
        has_medical_device=row.has_medical_device,
        set_up_on=row.set_up_on,
        ends_on=row.ends_on,
    )


def _device_days(rows: list[Episode]) -> dict[int, set[date]]:
    """Return by person the local days on which a device itself sent something, from the sums of days."""
    since = {row.monitored.number: row.ordered_on for row in rows}
    found: dict[int, set[date]] = defaultdict(set)
    summed = DailySummary.objects.filter(
        patient_number__in=list(since), day__gte=min(since.values()), automatic_count__gt=0
    )
    for number, day in summed.values_list("patient_number", "day").distinct():
        if day >= since[number]:
            found[number].add(day)
    return found


def _work(rows: list[Episode]) -> list[Work]:
    """Return the stretches of these people, and of whoever the same staff were with meanwhile."""
    since = datetime.combine(min(row.ordered_on for row in rows), datetime.min.time(), UTC) - OVERLAP
    people = [row.monitored.patient_id for row in rows]
    own = TimeEntry.objects.filter(patient_id__in=people, starts_at__gte=since)
    staff = own.values("user_id")
    entries = TimeEntry.objects.filter(user_id__in=staff, starts_at__gte=since)
    return [
        Work(
            id=entry.pk,
            staff=entry.user_id,
            person=entry.patient_id,
            starts_at=entry.starts_at,
            ends_at=entry.ends_at,
            active_seconds=entry.counted_seconds,
            purpose=Purpose(entry.purpose),
            is_live_contact=entry.is_live_contact,
            is_attested=entry.attested_at is not None,
        )
        for entry in entries
    ]


@dataclass(frozen=True)
class DeviceDay:
    """What devices themselves sent on one local day."""

    day: date
    count: int
    devices: tuple[int, ...]


def readings_of(row: Episode, span: Span) -> tuple[list[DeviceDay], str]:
    """Return the device days of a span from the readings themselves, and the SHA-256 of every reading in it."""
    zone = ZoneInfo(row.monitored.patient.zone)
    since, _ = bounds_of(span.first, zone)
    _, until = bounds_of(span.last, zone)
    digest = hashlib.sha256()
    counts: dict[date, int] = defaultdict(int)
    devices: dict[date, set[int]] = defaultdict(set)
    for metric in METRICS:
        series = series_of(
            organization_id=row.organization_id,
            patient_number=row.monitored.number,
            metric=metric.number,
            since=since,
            until=until,
        )
        order = np.lexsort((series.device_number, series.at_us))
        digest.update(str(metric.number).encode())
        for column in (series.at_us, series.value, series.flags, series.device_number):
            digest.update(np.ascontiguousarray(column[order]).tobytes())
        automatic = (series.flags & NOT_AUTOMATIC) == 0
        pairs = zip(series.at_us[automatic], series.device_number[automatic], strict=True)
        for at_us, device in pairs:
            day = datetime.fromtimestamp(int(at_us) / 1_000_000, zone).date()
            counts[day] += 1
            devices[day].add(int(device))
    days = [DeviceDay(day, counts[day], tuple(sorted(devices[day]))) for day in sorted(counts)]
    return days, digest.hexdigest()


def document_of(row: Episode, evidence: Evidence, offer: Offer, book: Mapping[str, str]) -> dict[str, Any]:
    """Return what a claim is made on, as plain values that never change."""
    zone = clinic_zone(row.organization_id)
    days, digest = readings_of(row, offer.span)
    numbers = {number for one in days for number in one.devices}
    serials = dict(Device.objects.filter(number__in=numbers).values_list("number", "identifier"))
    consent = row.consent
    return {
        "code": offer.code,
        "units": offer.units,
        "span": {"first": offer.span.first.isoformat(), "last": offer.span.last.isoformat()},
        "rules": dict(book),
        "order": {
            "practitioner": row.practitioner.full_name,
            "npi": row.practitioner.npi,
            "on": row.ordered_on.isoformat(),
        },
        "consent": {
            "given_at": consent.given_at.isoformat(),
            "method": consent.method,
            "signer": consent.signer_relationship,
            "version": consent.text.version,
        }
        if consent
        else None,
        "set_up_on": row.set_up_on.isoformat() if row.set_up_on else None,
        "is_established": row.is_established,
        "has_medical_device": row.has_medical_device,
        "days": [
            {
                "day": one.day.isoformat(),
                "readings": one.count,
                "devices": [serials.get(number, "") for number in one.devices],
            }
            for one in days
        ],
        "work": [
            _stretch(one, evidence.seconds[one.id], zone)
            for purpose in (Purpose.MANAGEMENT, Purpose.REVIEW)
            for one in rules.work_in(evidence, offer.span, zone, purpose)
        ],
        "readings_sha256": digest,
    }


def _stretch(one: Work, seconds: int, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": str(one.id),
        "staff": str(one.staff),
        "starts_at": one.starts_at.astimezone(zone).isoformat(),
        "ends_at": one.ends_at.astimezone(zone).isoformat(),
        "purpose": one.purpose.value,
        "counted_seconds": seconds,
        "is_live_contact": one.is_live_contact,
    }


def digest_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document as canonical JSON."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
