"""A population with fourteen days of glucose in the store, made inside the database as fast as it can."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from hearthline.directory.tests.stage import make_patient
from hearthline.monitoring.readings.credentials import DOORS
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.tenancy.context import acting_in
from tests.people import People

DAYS = 14
A_DAY = 288
STEP_SECONDS = 300
GLUCOSE = BY_CODE["glucose"].number
STORE = ("readings_reading", "readings_latest")
WALLED = (
    "directory_patient",
    "readings_monitoredpatient",
    "readings_device",
    "readings_deviceassignment",
    "readings_devicecredential",
    *STORE,
)
PEOPLE = """
CREATE TEMP TABLE crowd AS SELECT n, gen_random_uuid() AS patient, gen_random_uuid() AS monitored,
  gen_random_uuid() AS device FROM generate_series(1, {count}) AS n;
INSERT INTO directory_patient ({columns}, id) SELECT {columns_of_first}, crowd.patient
  FROM directory_patient AS first, crowd WHERE first.id = {first};
INSERT INTO readings_monitoredpatient (id, created_at, organization_id, patient_id, number)
  SELECT monitored, now(), {organization}, patient, n FROM crowd;
INSERT INTO readings_device (id, created_at, organization_id, number, kind, name, model, identifier, is_automatic,
  precedence)
  SELECT device, now(), {organization}, 1000000 + n, 'cgm', 'Sensor', '', 'bench-' || n, true, 100 FROM crowd;
INSERT INTO readings_deviceassignment (id, created_at, organization_id, device_id, monitored_id, user_index, starts_at)
  SELECT gen_random_uuid(), now(), {organization}, device, monitored, -1, now() - interval '90 days' FROM crowd;
INSERT INTO readings_devicecredential (id, created_at, organization_id, device_id, name, token_digest, counter, doors)
  SELECT gen_random_uuid(), now(), {organization}, device, 'Bench', sha256(convert_to('bench-' || n, 'UTF8')),
    0, {doors} FROM crowd;
"""
READINGS = """
INSERT INTO readings_reading (organization_id, patient_number, metric, observed_at, device_number, value, flags,
  correction_seconds, received_at, ingestion_number)
SELECT {organization}, n, {metric}, at, 1000000 + n,
  round(130 + 45 * sin(extract(epoch FROM at) / 9000 + n) + 8 * random()), 0, 0,
  at + round(5 + 10 * random()) * interval '1 second', 0
FROM generate_series({start}::timestamptz, {end}::timestamptz, interval '5 minutes') AS at,
  generate_series(1, {people}) AS n
"""
LATEST = """
INSERT INTO readings_latest (organization_id, patient_number, metric, observed_at, received_at, device_number, value,
  flags)
SELECT {organization}, n, {metric}, {end}, {end}, 1000000 + n, 100, 0 FROM generate_series(1, {people}) AS n
"""


@dataclass(frozen=True)
class Crowd:
    """The monitored people: the first ``with_history`` have fourteen days that end at ``until``."""

    organization_id: UUID
    count: int
    with_history: int
    until: datetime


def token_of(number: int) -> str:
    """Return the secret of a device, as ``PEOPLE`` made its digest."""
    return f"bench-{number}"


def make_crowd(owner: psycopg.Connection[Any], people: People, *, rows: int, count: int) -> Crowd:
    """Fill the store with about so many readings; ``count`` people more have none yet."""
    organization = people.organization.id
    with acting_in(organization):
        first = make_patient(people, "Rosa")
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    with_history = max(1, rows // (DAYS * A_DAY))
    values: dict[str, Any] = {
        "organization": organization,
        "count": with_history + count,
        "people": with_history,
        "metric": GLUCOSE,
        "start": until - timedelta(days=DAYS) + timedelta(seconds=STEP_SECONDS),
        "end": until,
        "first": first.pk,
        "doors": list(DOORS),
    }
    names = [str(field.column) for field in first._meta.concrete_fields if field.column != "id"]
    columns = {
        "columns": sql.SQL(", ").join(map(sql.Identifier, names)),
        "columns_of_first": sql.SQL(", ").join(sql.Identifier("first", name) for name in names),
    }
    literal = {name: sql.Literal(value) for name, value in values.items()}
    for table in WALLED:
        owner.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))
    owner.execute(sql.SQL(PEOPLE).format(**literal, **columns))
    key = owner.execute("SELECT pg_get_indexdef('readings_reading_key'::regclass)").fetchone()
    owner.execute("DROP INDEX readings_reading_key")
    owner.execute(sql.SQL(READINGS).format(**literal))
    owner.execute(key[0].replace(" ON ONLY ", " ON ") if key else "")
    owner.execute(sql.SQL(LATEST).format(**literal))
    for table in WALLED:
        owner.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))
    owner.execute("VACUUM ANALYZE")
    return Crowd(organization, with_history + count, with_history, until)
