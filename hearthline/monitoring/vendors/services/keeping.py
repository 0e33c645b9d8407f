"""What a vendor answered becomes readings, corrections and withdrawals, found again by the vendor's own ids."""

import json
from collections.abc import Iterable, Sequence

import msgspec

from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.monitoring.home.services.storing import Measurement, store_measurements
from hearthline.monitoring.readings.corrections import MeasurementKey, correct_measurement, readings_of
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Device, DeviceAssignment
from hearthline.monitoring.readings.pipeline.types import NO_USER, UNKNOWN_USER
from hearthline.monitoring.vendors import rules, withings
from hearthline.monitoring.vendors.models import VendorLink, VendorMeasurement
from hearthline.monitoring.vendors.rules import Window
from hearthline.monitoring.vendors.withings import Group, Taken

CHANGED, DELETED = "changed at the vendor", "deleted at the vendor"
DEVICE_ID_LENGTH = 40


def keep_found(
    link: VendorLink, groups: Sequence[Group], windows: Sequence[tuple[Window, list[Group]]]
) -> bool:
    """Store, correct and withdraw; return whether something is missing that has to be asked for once more.

    Measured before the link was opened is not taken: the person agreed to what comes from then on.
    """
    newest: dict[str, Taken] = {}
    for one in filter(None, map(withings.taken, groups)):
        known = newest.get(one.vendor_id)
        if one.observed_at >= link.created_at and (known is None or known.modified_at < one.modified_at):
            newest[one.vendor_id] = one
    rows = {row.vendor_id: row for row in link.measurements.filter(vendor_id__in=list(newest))}
    _store(link, [one for one in newest.values() if one.vendor_id not in rows], rows, groups)
    changed = [
        one
        for one in newest.values()
        if one.modified_at > rows[one.vendor_id].modified_at and rows[one.vendor_id].withdrawn_at is None
    ]
    for one in changed:
        _change(link, rows[one.vendor_id], one, groups)
    link.measurements.filter(vendor_id__in=list(newest), missing_since__isnull=False).update(
        missing_since=None
    )
    gone = [_withdraw_missing(link, window, some) for window, some in windows]
    return any(gone)


def _store(
    link: VendorLink, some: Sequence[Taken], rows: dict[str, VendorMeasurement], groups: Iterable[Group]
) -> None:
    if not some:
        return
    devices = {}
    for one in some:
        key = ("", Device.Kind.MANUAL.value) if one.is_typed else (one.device_id, one.kind)
        if key not in devices:
            devices[key] = _device(link, one)
        number = devices[key].number
        values = {"modified_at": one.modified_at, "observed_at": one.observed_at, "device_number": number}
        rows[one.vendor_id], _ = VendorMeasurement.objects.update_or_create(
            organization_id=link.organization_id, link=link, vendor_id=one.vendor_id, defaults=values
        )
    ids = {one.vendor_id for one in some}
    original = [msgspec.to_builtins(group) for group in groups if str(group.grpid) in ids]
    store_measurements(
        actor=_actor(link),
        monitored=link.monitored,
        door=link.vendor,
        measurements=[_measurement(one, rows[one.vendor_id].device_number) for one in some],
        original=json.dumps(original, sort_keys=True).encode(),
        source_id=link.pk,
    )


def _measurement(one: Taken, device_number: int) -> Measurement:
    return Measurement(
        device_number,
        one.observed_at,
        one.values,
        user_index=UNKNOWN_USER if one.is_ambiguous else NO_USER,
        flags=int(Flag.MANUAL) if one.is_typed else 0,
    )


def _change(link: VendorLink, row: VendorMeasurement, one: Taken, groups: Iterable[Group]) -> None:
    """Follow the vendor: another value corrects ours; another time, or a person who is now known, stores anew."""
    key = MeasurementKey(row.device_number, row.observed_at)
    is_stored = bool(readings_of(link.monitored, key))
    is_moved = row.observed_at != one.observed_at
    if is_stored and (is_moved or one.is_ambiguous):
        _correct(link, key, None, CHANGED)
    if is_stored and not is_moved and not one.is_ambiguous:
        _correct(link, key, _canonical(one), CHANGED)
        row.modified_at = one.modified_at
        row.save(update_fields=["modified_at"])
    else:
        _store(link, [one], {one.vendor_id: row}, groups)


def _canonical(one: Taken) -> dict[int, float]:
    """Return values by metric; one that no person can have corrects nothing. Units are canonical by ``MEASURES``."""
    found = ((BY_CODE[code], value) for code, _, value in one.values)
    return {
        metric.number: value
        for metric, value in found
        if metric.possible_low <= value <= metric.possible_high
    }


def _withdraw_missing(link: VendorLink, window: Window, groups: Iterable[Group]) -> bool:
    """Withdraw what a whole window no longer holds, at the second look; return whether there is one to come."""
    now, since, until = clock.now(), *window
    there = {str(group.grpid) for group in groups}
    expected = link.measurements.filter(observed_at__gte=since, observed_at__lte=until, withdrawn_at=None)
    gone = [row for row in expected if row.vendor_id not in there]
    for row in gone:
        if row.missing_since is None:
            row.missing_since = now
        elif row.missing_since <= now - rules.MISSING_FOR:
            row.withdrawn_at = now
            _correct(link, MeasurementKey(row.device_number, row.observed_at), None, DELETED)
        row.save(update_fields=["missing_since", "withdrawn_at"])
    return any(row.withdrawn_at is None for row in gone)


def _correct(link: VendorLink, key: MeasurementKey, values: dict[int, float] | None, reason: str) -> None:
    correct_measurement(actor=_actor(link), monitored=link.monitored, key=key, values=values, reason=reason)


def _device(link: VendorLink, one: Taken) -> Device:
    """Return our device for the vendor's, of this person alone: a shared scale is one device in each account."""
    of_person = link.monitored.number
    kind = Device.Kind.MANUAL.value if one.is_typed else one.kind
    own = f"{link.vendor}-typed" if one.is_typed else one.device_id[:DEVICE_ID_LENGTH] or link.vendor
    name = link.get_vendor_display() if one.is_typed else one.model or link.get_vendor_display()
    device, _ = Device.objects.get_or_create(
        organization_id=link.organization_id,
        kind=kind,
        identifier=f"{own}-{of_person}",
        defaults={"name": name[:80], "model": one.model[:80], "is_automatic": not one.is_typed},
    )
    DeviceAssignment.objects.get_or_create(
        organization_id=link.organization_id,
        device=device,
        monitored=link.monitored,
        ends_at=None,
        defaults={"starts_at": link.created_at},
    )
    device.refresh_from_db(fields=["number"])
    return device


def _actor(link: VendorLink) -> Actor:
    return Actor.system(link.organization_id, link.vendor)
