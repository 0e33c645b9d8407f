"""Look for silence in one organization: who, since when, why; tell whoever's turn it is, once; end what is over."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from hearthline.foundation import clock
from hearthline.monitoring.alerts import silence_routes
from hearthline.monitoring.alerts.models import SilenceIncident, SilenceSweep, SilentSpell
from hearthline.monitoring.alerts.rules.silence import (
    Cause,
    Route,
    Signs,
    cause_of,
    due_at,
    is_outage,
    route_of,
)
from hearthline.monitoring.episodes.queries import awaited_since
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Device, DeviceAssignment, Latest, MonitoringPause

Key = tuple[UUID, int]  # monitored person, metric


@dataclass(frozen=True)
class Silent:
    """One awaited metric of which nothing comes."""

    monitored_id: UUID
    number: int
    metric: int
    since: datetime
    arrived_at: datetime | None
    is_continuous: bool

    @property
    def key(self) -> Key:
        """What its spell is found by."""
        return self.monitored_id, self.metric


def sweep(organization_id: UUID) -> int:
    """Look once; return how many spells are open. The transaction must speak for the organization."""
    now = clock.now()
    awaited, silent = _silent(organization_id, now)
    open_spells = {
        (one.monitored_id, one.metric): one
        for one in SilentSpell.objects.filter(ended_at__isnull=True).select_related("monitored")
    }
    _end([one for key, one in open_spells.items() if key not in silent], now)
    causes = _causes(list(silent.values()), now)
    new = [one for key, one in silent.items() if key not in open_spells]
    incident = _incident(organization_id, silent, open_spells, awaited, now)
    for one in new:
        cause = Cause.OUTAGE if incident else causes[one.key]
        made = SilentSpell.objects.create(
            organization_id=organization_id,
            monitored_id=one.monitored_id,
            incident=incident,
            metric=one.metric,
            heard_at=one.arrived_at,
            noticed_at=now,
            cause=cause.value,
            route=route_of(cause, silent_for=now - one.since).value,
        )
        silence_routes.tell(made, now)
    for key, spell in open_spells.items():
        if key in silent and spell.incident_id is None:
            _go_on(spell, silent[key], causes[key], now)
    SilenceSweep.objects.update_or_create(organization_id=organization_id, defaults={"swept_at": now})
    return len(silent)


def _silent(organization_id: UUID, now: datetime) -> tuple[int, dict[Key, Silent]]:
    """Return how many people should be sending, and what of them is silent."""
    arrived: dict[tuple[int, int], datetime] = {}
    for number, metric, at in Latest.objects.filter(organization_id=organization_id).values_list(
        "patient_number", "metric", "received_at"
    ):
        arrived[number, metric] = at
    resting = set(
        MonitoringPause.objects.filter(starts_at__lte=now, ends_at__gt=now).values_list(
            "monitored_id", flat=True
        )
    )
    people: set[UUID] = set()
    silent: dict[Key, Silent] = {}
    for one in awaited_since(organization_id, now.date() - timedelta(days=1)):
        if one.monitored_id in resting:
            continue
        people.add(one.monitored_id)
        metric = BY_CODE[one.planned.metric].number
        came = arrived.get((one.number, metric))
        local = ZoneInfo(one.zone)
        start = datetime.combine(one.planned.first, time(), local)
        since = max(came, start) if came else start
        if due_at(one.planned, last=since.astimezone(local), zone_now=now.astimezone(local)) is not None:
            silent[one.monitored_id, metric] = Silent(
                one.monitored_id, one.number, metric, since, came, one.planned.is_continuous
            )
    return len(people), silent


def _causes(silent: list[Silent], now: datetime) -> dict[Key, Cause]:
    """Return why each is silent, from what is known of the devices."""
    if not silent:
        return {}
    assigned: dict[UUID, list[Any]] = {}
    in_use = DeviceAssignment.objects.filter(starts_at__lte=now).filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    )
    holders: dict[UUID, set[UUID]] = {}
    for monitored_id, device_id in in_use.values_list("monitored_id", "device_id"):
        holders.setdefault(device_id, set()).add(monitored_id)
    mine = DeviceAssignment.objects.filter(monitored_id__in={one.monitored_id for one in silent})
    automatic = mine.filter(device__is_automatic=True).select_related("device").order_by("starts_at")
    for assignment in automatic:
        assigned.setdefault(assignment.monitored_id, []).append(assignment.device)
    values = _values_by_device({device.number for devices in assigned.values() for device in devices})
    return {
        one.key: cause_of(_signs(one, assigned.get(one.monitored_id, []), holders, values), now=now)
        for one in silent
    }


def _values_by_device(numbers: set[int]) -> dict[int, list[tuple[int, int, datetime]]]:
    found: dict[int, list[tuple[int, int, datetime]]] = {}
    latest = Latest.objects.filter(device_number__in=numbers)
    for device, number, metric, at in latest.values_list(
        "device_number", "patient_number", "metric", "received_at"
    ):
        found.setdefault(device, []).append((number, metric, at))
    return found


def _signs(
    one: Silent,
    devices: list[Device],
    holders: dict[UUID, set[UUID]],
    values: dict[int, list[tuple[int, int, datetime]]],
) -> Signs:
    """Return what is known; the device that gave this metric last is asked, or else the newest assigned."""
    gave = [
        device
        for device in devices
        if (one.number, one.metric)
        in {(number, metric) for number, metric, _ in values.get(device.number, ())}
    ]
    device = (gave or devices)[-1] if devices else None
    if device is None:
        return Signs(one.arrived_at, one.since, one.is_continuous)
    others = [at for number, _, at in values.get(device.number, ()) if number != one.number]
    own_other_metrics = [at for number, metric, at in values.get(device.number, ()) if number == one.number]
    holding = holders.get(device.pk, set())
    heard = device.last_seen_at
    return Signs(
        arrived_at=one.arrived_at,
        awaited_since=one.since,
        is_continuous=one.is_continuous,
        battery_percent=device.battery_percent,
        device_heard_at=max([heard, *own_other_metrics]) if heard else None,
        others_value_at=max(others, default=None),
        is_others_device_now=bool(holding) and one.monitored_id not in holding,
    )


def _incident(
    organization_id: UUID,
    silent: dict[Key, Silent],
    open_spells: dict[Key, SilentSpell],
    people: int,
    now: datetime,
) -> SilenceIncident | None:
    """Open or keep the incident of an outage; None when there is none."""
    running = SilenceIncident.objects.filter(ended_at__isnull=True).first()
    lately = {
        one.monitored_id: one.since
        for key, one in silent.items()
        if one.arrived_at is not None and (key not in open_spells or open_spells[key].incident_id is not None)
    }
    if not is_outage(list(lately.values()), sending=people, now=now):
        if running is not None and not lately:
            running.ended_at = now
            running.save(update_fields=["ended_at"])
            silence_routes.untell_incident(running)
            return None
        return running
    if running is None:
        running = SilenceIncident.objects.create(
            organization_id=organization_id, people=len(lately), opened_at=now
        )
        silence_routes.tell_incident(running)
    elif running.people < len(lately):
        running.people = len(lately)
        running.save(update_fields=["people"])
    return running


def _go_on(spell: SilentSpell, silent: Silent, cause: Cause, now: datetime) -> None:
    """A spell that lasts: its cause may become clear, and the patient's turn becomes the nurse's."""
    route = route_of(cause, silent_for=now - silent.since)
    if spell.route == Route.NURSE:
        route = Route.NURSE
    if (spell.cause, spell.route) == (cause.value, route.value):
        return
    is_new_turn = spell.route != route.value
    spell.cause, spell.route = cause.value, route.value
    spell.save(update_fields=["cause", "route"])
    if is_new_turn:
        silence_routes.tell(spell, now)


def _end(spells: list[SilentSpell], now: datetime) -> None:
    for spell in spells:
        spell.ended_at = now
        spell.save(update_fields=["ended_at"])
        silence_routes.untell(spell, now)
