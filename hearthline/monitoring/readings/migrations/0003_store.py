"""The store of readings: weekly partitions behind one wall, what is newest, summaries, packed days.

Row-level security stands on the partitioned tables; nobody has a right on a partition itself. The ``ingest`` login
writes for many organizations in one statement (its groups mix them): for it the policy is open, and a row's
organization and person come from the device's own assignment inside the statement that inserts it.
"""

from django.db import migrations

from hearthline.foundation.database import READ_WRITE, composite_foreign_key, grants, tenant_table

WRITE = "SELECT, INSERT, UPDATE"
READINGS = """
CREATE TABLE readings_reading (
  organization_id uuid NOT NULL,
  patient_number bigint NOT NULL,
  device_number bigint NOT NULL,
  ingestion_number bigint NOT NULL,
  observed_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  value real NOT NULL CHECK (value > '-Infinity' AND value < 'Infinity'),
  flags integer NOT NULL,
  correction_seconds integer NOT NULL,
  metric smallint NOT NULL
) PARTITION BY RANGE (observed_at);
-- Covering: a chart is read from the index alone.
CREATE UNIQUE INDEX readings_reading_key ON readings_reading
  (organization_id, patient_number, metric, observed_at, device_number) INCLUDE (value, flags, correction_seconds);
CREATE INDEX readings_reading_arrival ON readings_reading USING brin (received_at);

CREATE TABLE readings_ingestion (
  organization_id uuid NOT NULL,
  number bigint NOT NULL,
  credential_id uuid,
  received_at timestamptz NOT NULL,
  accepted integer NOT NULL,
  duplicates integer NOT NULL,
  conflicts integer NOT NULL,
  rejected integer NOT NULL,
  door varchar(12) NOT NULL,
  body_sha256 bytea NOT NULL,
  body bytea,
  PRIMARY KEY (organization_id, number, received_at)
) PARTITION BY RANGE (received_at);

CREATE TABLE readings_latest (
  organization_id uuid NOT NULL,
  patient_number bigint NOT NULL,
  observed_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  device_number bigint NOT NULL,
  value real NOT NULL,
  flags integer NOT NULL,
  metric smallint NOT NULL,
  PRIMARY KEY (organization_id, patient_number, metric)
) WITH (fillfactor = 70);  -- updates stay on their page; an index on the time would make each update twice as dear

CREATE TABLE readings_dailysummary (
  organization_id uuid NOT NULL,
  patient_number bigint NOT NULL,
  day date NOT NULL,
  metric smallint NOT NULL,
  count integer NOT NULL,
  automatic_count integer NOT NULL,
  total double precision NOT NULL,
  squares double precision NOT NULL,
  lowest real NOT NULL,
  highest real NOT NULL,
  bands integer[] NOT NULL,
  PRIMARY KEY (organization_id, patient_number, metric, day)
);

CREATE TABLE readings_dirtyday (
  organization_id uuid NOT NULL,
  patient_number bigint NOT NULL,
  day date NOT NULL,
  metric smallint NOT NULL,
  PRIMARY KEY (organization_id, patient_number, metric, day)
);

CREATE TABLE readings_chunk (
  organization_id uuid NOT NULL,
  patient_number bigint NOT NULL,
  device_number bigint NOT NULL,
  day date NOT NULL,
  metric smallint NOT NULL,
  version smallint NOT NULL,
  count integer NOT NULL,
  packed bytea NOT NULL,
  PRIMARY KEY (organization_id, patient_number, metric, day, device_number)
);
"""
STORE = ("reading", "ingestion", "latest", "dailysummary", "dirtyday", "chunk")

# Runs with the owner's rights, since the application may not make tables; it takes no text from its caller.
PARTITIONS = """
CREATE FUNCTION readings_make_partitions(weeks_ahead integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  monday date;
  parent text;
  child text;
  made integer := 0;
BEGIN
  IF weeks_ahead NOT BETWEEN 1 AND 26 THEN
    RAISE EXCEPTION 'partitions are made at most 26 weeks ahead';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('readings_make_partitions'));
  FOREACH parent IN ARRAY ARRAY['readings_reading', 'readings_ingestion'] LOOP
    FOR week IN -13 .. weeks_ahead LOOP
      monday := date_trunc('week', now() AT TIME ZONE 'UTC')::date + 7 * week;
      child := parent || '_' || to_char(monday, 'IYYY"w"IW');
      CONTINUE WHEN to_regclass('public.' || child) IS NOT NULL;
      CONTINUE WHEN parent = 'readings_ingestion' AND week < 0;
      -- A week whose rows already wait in the default partition stays there: attaching would be refused.
      BEGIN
        EXECUTE format('CREATE TABLE public.%I PARTITION OF public.%I FOR VALUES FROM (%L) TO (%L) '
          'WITH (autovacuum_vacuum_insert_scale_factor = 0.01)', child, parent,
          monday::timestamp AT TIME ZONE 'UTC', (monday + 7)::timestamp AT TIME ZONE 'UTC');
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', child);
        EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', child);
        made := made + 1;
      EXCEPTION WHEN check_violation THEN
        NULL;
      END;
    END LOOP;
  END LOOP;
  RETURN made;
END $$;
REVOKE ALL ON FUNCTION readings_make_partitions(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION readings_make_partitions(integer) TO hearthline_app;
CREATE TABLE readings_reading_default PARTITION OF readings_reading DEFAULT;
CREATE TABLE readings_ingestion_default PARTITION OF readings_ingestion DEFAULT;
ALTER TABLE readings_reading_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE readings_reading_default FORCE ROW LEVEL SECURITY;
ALTER TABLE readings_ingestion_default ENABLE ROW LEVEL SECURITY;
ALTER TABLE readings_ingestion_default FORCE ROW LEVEL SECURITY;
SELECT readings_make_partitions(8);
"""


def store_table(name: str) -> migrations.RunSQL:
    """Return the wall of a table of the store: as ``tenant_table``, without an id, and open to ``ingest``."""
    table = f"readings_{name}"
    own = "organization_id = (SELECT tenancy_organization())"
    rights = {"app": READ_WRITE, "ingest": WRITE if name != "chunk" else "SELECT"}
    return migrations.RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY own_organization ON {table} USING ({own}) WITH CHECK ({own})",
            f"CREATE POLICY arriving ON {table} TO hearthline_ingest USING (true) WITH CHECK (true)",
            *grants(table, rights),
        ],
        reverse_sql=[f"DROP TABLE {table}"],
    )


def open_to_ingest(table: str) -> migrations.RunSQL:
    """Let the ingest login see the rows of every organization (it looks up whose a device is)."""
    return migrations.RunSQL(
        f"CREATE POLICY arriving ON {table} TO hearthline_ingest USING (true) WITH CHECK (true)",
        reverse_sql=f"DROP POLICY arriving ON {table}",
    )


KEPT = "SELECT, INSERT, UPDATE"
TABLES = {
    "monitoredpatient": {"app": KEPT, "ingest": "SELECT"},
    "monitoringpause": {"app": KEPT, "ingest": "SELECT"},
    "device": {"app": KEPT, "ingest": "SELECT, UPDATE (last_seen_at, battery_percent)"},
    "deviceassignment": {"app": KEPT, "ingest": "SELECT"},
    "devicecredential": {"app": KEPT, "ingest": "SELECT, UPDATE (last_used_at, counter)"},
    "readingconflict": {"app": KEPT, "ingest": "SELECT, INSERT"},
    "readingcorrection": {"app": "SELECT, INSERT", "ingest": "SELECT, INSERT"},
}
REFERENCES = [
    ("monitoredpatient", "patient_id", "directory_patient"),
    ("monitoringpause", "monitored_id", "readings_monitoredpatient"),
    ("deviceassignment", "device_id", "readings_device"),
    ("deviceassignment", "monitored_id", "readings_monitoredpatient"),
    ("devicecredential", "device_id", "readings_device"),
]


class Migration(migrations.Migration):
    dependencies = [("readings", "0002_initial"), ("directory", "0002_wall"), ("tenancy", "0003_wall")]
    operations = [
        *[tenant_table(f"readings_{name}", rights) for name, rights in TABLES.items()],
        *[open_to_ingest(f"readings_{name}") for name in TABLES],
        *[composite_foreign_key(f"readings_{table}", column, target) for table, column, target in REFERENCES],
        migrations.RunSQL(READINGS, reverse_sql=migrations.RunSQL.noop),
        *[store_table(name) for name in STORE],
        migrations.RunSQL(
            PARTITIONS, reverse_sql="DROP FUNCTION readings_make_partitions(integer)"
        ),
    ]
