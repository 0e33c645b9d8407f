"""Whose a value is: the person to whom the device was assigned when it measured, from the database's own rows."""

from typing import Any
from uuid import UUID

import numpy as np
import psycopg

from hearthline.monitoring.readings.pipeline.arrays import Column, bigints, distinct_pairs, uuids
from hearthline.monitoring.readings.pipeline.types import NO_USER, UNKNOWN_USER

FOREVER_US = 2**62
NOBODY = -1  # in place of a person's number: the device was nobody's then
NO_DEVICE = -2  # the organization has no such device in use

ASSIGNMENTS = f"""
SELECT wanted.place - 1, coalesce(a.user_index, {NO_USER}), coalesce(m.number, {NOBODY}),
  coalesce((extract(epoch FROM a.starts_at) * 1000000)::bigint, 0),
  coalesce((extract(epoch FROM a.ends_at) * 1000000)::bigint, {FOREVER_US})
FROM unnest(%s, %s) WITH ORDINALITY AS wanted (organization_id, number, place)
JOIN readings_device d ON d.organization_id = wanted.organization_id AND d.number = wanted.number
  AND d.retired_at IS NULL
LEFT JOIN readings_deviceassignment a ON a.organization_id = d.organization_id AND a.device_id = d.id
LEFT JOIN readings_monitoredpatient m ON m.organization_id = a.organization_id AND m.id = a.monitored_id
"""  # noqa: S608 - only our constants are put in


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
    owners, devices, place = distinct_pairs(organization, device)
    cursor.execute(ASSIGNMENTS, [uuids(organizations, owners), bigints(devices)])
    spans = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 5)
    # A person's own slot on a shared device decides over a device that is known as one person's: it comes last.
    spans = spans[np.lexsort((spans[:, 1] != NO_USER, spans[:, 0]))]
    counts = np.bincount(spans[:, 0], minlength=len(devices))
    answer = np.where(counts[place] > 0, NOBODY, NO_DEVICE)
    starts = np.cumsum(counts) - counts
    for turn in range(int(counts.max(initial=0))):
        has_span = np.flatnonzero((counts[place] > turn) & (user_index != UNKNOWN_USER))
        _, slot, patient, since, until = spans[starts[place[has_span]] + turn].T
        fits = (slot == NO_USER) | (slot == user_index[has_span])
        fits &= (at_us[has_span] >= since) & (at_us[has_span] < until)
        answer[has_span[fits]] = patient[fits]
    return answer
