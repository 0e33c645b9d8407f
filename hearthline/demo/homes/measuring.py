"""From a home and its devices to values, and into the store."""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from django.db.models import Max

from hearthline.demo.clinic import ZONE
from hearthline.demo.homes import bodies, traces
from hearthline.demo.homes.bodies import Value
from hearthline.demo.homes.people import Home
from hearthline.foundation import clock
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.monitoring.readings.models import Device, DeviceAssignment, Latest
from hearthline.monitoring.readings.pipeline.store import store_group
from hearthline.monitoring.readings.pipeline.types import NO_USER, ROW, Outcome, Submission
from hearthline.programs.definitions import read_definition, shipped_content

HISTORY_DAYS = 45
SECOND_US = 1_000_000
PRODUCERS = {
    Device.Kind.CUFF: ("systolic", bodies.cuff),
    Device.Kind.SCALE: ("weight", bodies.scale),
    Device.Kind.OXIMETER: ("oxygen-saturation", bodies.oximeter),
}


def measurements_of(
    home: Home, assignment: DeviceAssignment, *, since: datetime, until: datetime
) -> Iterator[Value]:
    """Yield what one device of a home measures from ``since`` up to ``until``."""
    zone = ZoneInfo(ZONE)
    if assignment.device.kind == Device.Kind.CGM:
        offset = since.astimezone(zone).utcoffset() or timedelta(0)
        played = traces.play(
            home.trace, shift_days=home.shift_days, utc_offset=offset, since=since, until=until
        )
        yield from ((moment, {"glucose": value}) for moment, value in played)
        return
    metric, produce = PRODUCERS[Device.Kind(assignment.device.kind)]
    windows = _windows(home.program, metric)
    today = clock.now().astimezone(zone).date()
    day = since.astimezone(zone).date()
    while day <= today:
        for moment, values in produce(home.body, day, today, windows, zone):
            if since <= moment < until:
                yield moment, values
        day += timedelta(days=1)


def newest_of(assignment: DeviceAssignment) -> datetime | None:
    """Return when the newest value of a device was measured, if there is one."""
    found = Latest.objects.filter(
        patient_number=assignment.monitored.number, device_number=assignment.device.number
    )
    newest: datetime | None = found.aggregate(newest=Max("observed_at"))["newest"]
    return newest


def _windows(program: str, metric: str) -> list[tuple[time, time]]:
    first = read_definition(shipped_content()[program]).phases[0]
    item = next(one for one in first.plan if one.metric == metric)
    return [(window.starts, window.ends) for window in item.windows]


def take_in(assignment: DeviceAssignment, found: Iterable[Value]) -> int:
    """Store values by the pipeline, as one body; return how many were new."""
    flat = [(moment, metric, value) for moment, values in found for metric, value in values.items()]
    if not flat:
        return 0
    rows = np.zeros(len(flat), dtype=ROW)
    rows["device_number"], rows["user_index"], rows["item"] = (
        assignment.device.number,
        NO_USER,
        range(len(flat)),
    )
    rows["observed_us"] = [round(moment.timestamp() * SECOND_US) for moment, _metric, _value in flat]
    rows["metric"] = [BY_CODE[metric].number for _moment, metric, _value in flat]
    rows["value"] = [value for _moment, _metric, value in flat]
    outcomes = np.zeros(len(flat), dtype=np.int8)
    now = clock.now()
    body = Submission(
        assignment.organization_id, None, "demo", round(now.timestamp() * SECOND_US), b"{}", rows, outcomes
    )
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        store_group(cursor, [body])
    return int(np.count_nonzero(outcomes == Outcome.ACCEPTED))
