"""Whose a value is: the person to whom the device was assigned when it measured, from the database's own rows."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import psycopg

from hearthline.monitoring.readings.pipeline.arrays import Column, bigints, uuids
from hearthline.monitoring.readings.pipeline.types import NO_USER, UNKNOWN_USER

FOREVER_US = 2**62
NOBODY = -1  # in place of a person's number: the device was nobody's then
NO_DEVICE = -2  # the organization has no such device in use

ASSIGNMENTS = """
SELECT d.organization_id, d.number, coalesce(a.user_index, -1), coalesce(m.number, -1),
  coalesce((extract(epoch FROM a.starts_at) * 1000000)::bigint, 0), (extract(epoch FROM a.ends_at) * 1000000)::bigint
FROM unnest(%s, %s) AS wanted (organization_id, number)
JOIN readings_device d ON d.organization_id = wanted.organization_id AND d.number = wanted.number
  AND d.retired_at IS NULL
LEFT JOIN readings_deviceassignment a ON a.organization_id = d.organization_id AND a.device_id = d.id
LEFT JOIN readings_monitoredpatient m ON m.organization_id = a.organization_id AND m.id = a.monitored_id
"""


@dataclass(frozen=True)
class _Span:
    user_index: int
    patient_number: int
    starts_us: int
    ends_us: int


def patient_numbers(
    cursor: psycopg.Cursor[Any],
    organizations: list[UUID],
    *,
    organization: Column,
    device: Column,
    user_index: Column,
    at_us: Column,
) -> Column:
    """Return for each value the number of the person, ``NOBODY`` or ``NO_DEVICE``.

    ``organization`` holds places in the list.
    """
    answer = np.full(len(device), NO_DEVICE, dtype=np.int64)
    order = np.lexsort((user_index, device, organization))
    changes = (
        (np.diff(organization[order]) != 0)
        | (np.diff(device[order]) != 0)
        | (np.diff(user_index[order]) != 0)
    )
    groups = np.split(order, np.flatnonzero(changes) + 1)
    heads = np.array([group[0] for group in groups])
    spans = _spans(cursor, organizations, organization[heads], device[heads])
    for head, group in zip(heads, groups, strict=True):
        known = spans.get((organizations[organization[head]], int(device[head])))
        if known is not None:
            answer[group] = _numbers(known, int(user_index[head]), at_us[group])
    return answer


def _spans(
    cursor: psycopg.Cursor[Any], organizations: list[UUID], organization: Column, device: Column
) -> dict[tuple[UUID, int], list[_Span]]:
    pairs = np.unique(np.stack([organization, device]), axis=1)
    found: dict[tuple[UUID, int], list[_Span]] = {}
    cursor.execute(ASSIGNMENTS, [uuids(organizations, pairs[0]), bigints(pairs[1])])
    for organization_id, number, index, patient, starts_us, ends_us in cursor.fetchall():
        spans = found.setdefault((organization_id, number), [])
        spans.append(_Span(index, patient, starts_us, FOREVER_US if ends_us is None else ends_us))
    return found


def _numbers(spans: list[_Span], user_index: int, at_us: Column) -> Column:
    """Return the persons of values of one device and slot: its own slot first, then a device known as one person's."""
    answer = np.full(len(at_us), NOBODY, dtype=np.int64)
    if user_index == UNKNOWN_USER:
        return answer
    for index in dict.fromkeys((NO_USER, user_index)):
        for span in spans:
            if span.user_index == index:
                answer[(at_us >= span.starts_us) & (at_us < span.ends_us)] = span.patient_number
    return answer
