"""The population of the measurements: fourteen days of glucose of some, open cases of others, and newcomers."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from hearthline.directory.tests.stage import make_patient
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, in_force
from hearthline.monitoring.readings.credentials import DOORS
from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.tenancy.context import acting_in
from tests.benches.copying import copy_readings
from tests.benches.filled import Crowd, Say
from tests.people import make_people

DAYS = 14
A_DAY = 288
STEP = timedelta(minutes=5)
CASES = 10_000
NEWCOMERS = 10_000
FIRST_DEVICE = 1_000_000  # the number of a device is this and its person's
GLUCOSE = BY_CODE["glucose"].number
HEADLINE = {
    "kind": "limit",
    "metric": "glucose",
    "direction": "high",
    "limit": 250,
    "value": 300,
    "figure": 300,
    "flags": 0,
}
WALLED = (
    "directory_patient",
    "readings_monitoredpatient",
    "readings_device",
    "readings_deviceassignment",
    "readings_devicecredential",
    "readings_reading",
    "readings_latest",
    "alerts_case",
    "alerts_alert",
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
  SELECT device, now(), {organization}, {first_device} + n, 'cgm', 'Sensor', '', 'bench-' || n, true, 100 FROM crowd;
INSERT INTO readings_deviceassignment (id, created_at, organization_id, device_id, monitored_id, user_index, starts_at)
  SELECT gen_random_uuid(), now(), {organization}, device, monitored, -1, now() - interval '90 days' FROM crowd;
INSERT INTO readings_devicecredential (id, created_at, organization_id, device_id, name, token_digest, counter, doors)
  SELECT gen_random_uuid(), now(), {organization}, device, 'Bench', sha256(convert_to('bench-' || n, 'UTF8')),
    0, {doors} FROM crowd;
"""
LATEST = """
INSERT INTO readings_latest (organization_id, patient_number, metric, observed_at, received_at, device_number, value,
  flags)
SELECT {organization}, n, {metric}, {until}, {until}, {first_device} + n, 100, 0 FROM generate_series(1, {people}) AS n
"""
# A case each, a tenth of them dangers, of the last five days; its alert stands open by a rule of its own.
OPEN_CASES = """
CREATE TEMP TABLE opened AS SELECT n, monitored, gen_random_uuid() AS id,
  1 + (n % 2) + (n % 10 = 0)::int AS severity, now() - (n % 7200) * interval '1 minute' AS at
  FROM crowd WHERE n > {people} AND n <= {people} + {cases};
INSERT INTO alerts_case (id, organization_id, monitored_id, created_at, opened_at, clock_started_at, next_step_at,
  severity, headline, is_settled, steps_reached, ending, comment)
  SELECT id, {organization}, monitored, at, at, at, now() + interval '1 day', severity,
    {headline}::jsonb,
    false, 1, '', '' FROM opened;
INSERT INTO alerts_alert (id, organization_id, created_at, monitored_id, case_id, rule_id, state, severity, kind,
  metric, direction, figure, facts, value, observed_at, device_number, measured_at, received_at, raised_at)
  SELECT gen_random_uuid(), {organization}, at, monitored, id, {rule}, 'open', severity, 'limit', {metric}, 'high', 300,
    '{{}}', 300, at, {first_device} + n, at, at, at FROM opened;
"""


def token_of(number: int) -> str:
    """Return the secret of a device, as ``PEOPLE`` made its digest."""
    return f"bench-{number}"


def make_crowd(owner: psycopg.Connection[Any], rows: int, say: Say) -> Crowd:
    """Fill an empty migrated database with about so many readings and its people."""
    people = make_people()
    with acting_in(people.organization.id):
        first = make_patient(people, "Rosa")
        rule = in_force(people, HIGH_GLUCOSE)
    with_history = max(1, rows // (DAYS * A_DAY))
    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    count = with_history + CASES + NEWCOMERS
    crowd = Crowd(people.organization.id, with_history, CASES, count, until)
    values: dict[str, Any] = {
        "organization": crowd.organization_id,
        "count": crowd.count,
        "people": with_history,
        "cases": CASES,
        "metric": GLUCOSE,
        "until": until,
        "first": first.pk,
        "first_device": FIRST_DEVICE,
        "rule": rule.pk,
        "headline": json.dumps(HEADLINE),
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
    owner.execute(sql.SQL(LATEST).format(**literal))
    owner.execute(sql.SQL(OPEN_CASES).format(**literal))
    _copy(owner, crowd, say)
    for table in WALLED:
        owner.execute(sql.SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))
    say("  vacuuming …")
    owner.execute("VACUUM ANALYZE")
    return crowd


def _copy(owner: psycopg.Connection[Any], crowd: Crowd, say: Say) -> None:
    key = owner.execute("SELECT pg_get_indexdef('readings_reading_key'::regclass)").fetchone()
    assert key
    owner.execute("DROP INDEX readings_reading_key")
    copy_readings(
        owner,
        organization_id=crowd.organization_id,
        metric=GLUCOSE,
        people=crowd.with_history,
        start=crowd.until - timedelta(days=DAYS) + STEP,
        steps=DAYS * A_DAY,
        step=STEP,
        first_device=FIRST_DEVICE,
        say=say,
    )
    say("  making the readings' key …")
    owner.execute(key[0].replace(" ON ONLY ", " ON "))
