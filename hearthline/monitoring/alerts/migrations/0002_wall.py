"""The walls of alerts, what the ingest edge may do, and the two tables that every group of readings touches.

As in ``readings``: the ``ingest`` login judges readings of many organizations in one statement, so the policy is open
to it, every key carries the organization, and composite references keep rows where their person belongs.
"""

from django.db import migrations

from hearthline.foundation.database import READ_WRITE, composite_foreign_key, grants, tenant_table

KEPT = "SELECT, INSERT, UPDATE"
SEEN = "SELECT"
TABLES = {
    "rule": {"app": READ_WRITE, "ingest": SEEN},
    "rulebook": {"app": KEPT, "ingest": SEEN},
    "alertbudget": {"app": KEPT},
    "case": {"app": KEPT, "ingest": KEPT},
    "alert": {"app": KEPT, "ingest": KEPT},
    # Added to, and marked as told; nothing else of an event ever changes.
    "alertevent": {"app": "SELECT, INSERT, UPDATE (told_at)", "ingest": "SELECT, INSERT"},
    "snooze": {"app": KEPT, "ingest": "SELECT, UPDATE (broken_at)"},
    "suppression": {"app": KEPT, "ingest": SEEN},
    "symptomreport": {"app": "SELECT, INSERT", "ingest": SEEN},
    "ladderstep": {"app": READ_WRITE, "ingest": SEEN},
    "oncallshift": {"app": READ_WRITE},
}
MONITORED = "readings_monitoredpatient"
REFERENCES = [
    ("rule", "monitored_id", MONITORED),
    ("case", "monitored_id", MONITORED),
    ("alert", "monitored_id", MONITORED),
    ("alert", "case_id", "alerts_case"),
    ("alert", "rule_id", "alerts_rule"),
    ("alertevent", "monitored_id", MONITORED),
    ("alertevent", "case_id", "alerts_case"),
    ("alertevent", "alert_id", "alerts_alert"),
    ("alertevent", "rule_id", "alerts_rule"),
    ("snooze", "monitored_id", MONITORED),
    ("snooze", "rule_id", "alerts_rule"),
    ("suppression", "monitored_id", MONITORED),
    ("suppression", "rule_id", "alerts_rule"),
    ("symptomreport", "monitored_id", MONITORED),
]
HOT = """
CREATE TABLE alerts_mark (
  organization_id uuid NOT NULL,
  patient_number bigint NOT NULL,
  judged_at timestamptz NOT NULL,
  previous_at timestamptz,
  metric smallint NOT NULL,
  PRIMARY KEY (organization_id, patient_number, metric)
) WITH (fillfactor = 70);

CREATE TABLE alerts_rulestate (
  organization_id uuid NOT NULL,
  patient_number bigint NOT NULL,
  rule_id uuid NOT NULL,
  since_us bigint NOT NULL,
  worst double precision NOT NULL,
  due_at timestamptz,
  run integer NOT NULL,
  is_held boolean NOT NULL,
  phase varchar(8) NOT NULL CHECK (phase IN ('pending', 'asking', 'active')),
  PRIMARY KEY (organization_id, patient_number, rule_id)
) WITH (fillfactor = 70);
CREATE INDEX alerts_rulestate_due ON alerts_rulestate (organization_id, due_at) WHERE due_at IS NOT NULL;
"""
# The queue's table is not for the ingest login; this adds one fixed task for an organization that it names, no more.
TELL_SOON = """
CREATE FUNCTION alerts_tell_soon(organization uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO procrastinate_jobs (queue_name, task_name, args)
  VALUES ('alerts', 'hearthline.monitoring.alerts.jobs.tell', jsonb_build_object('organization_id', organization))
$$;
REVOKE ALL ON FUNCTION alerts_tell_soon(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION alerts_tell_soon(uuid) TO hearthline_app, hearthline_ingest;
"""


def hot_table(name: str) -> migrations.RunSQL:
    """Return the wall of a table without ids."""
    table = f"alerts_{name}"
    own = "organization_id = (SELECT tenancy_organization())"
    return migrations.RunSQL(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY own_organization ON {table} USING ({own}) WITH CHECK ({own})",
            *grants(table, {"app": READ_WRITE, "ingest": READ_WRITE}),
        ],
        reverse_sql=[f"DROP TABLE {table}"],
    )


def open_to_ingest(name: str) -> migrations.RunSQL:
    """Let the ingest login reach the rows of every organization, within its rights."""
    return migrations.RunSQL(
        f"CREATE POLICY arriving ON alerts_{name} TO hearthline_ingest USING (true) WITH CHECK (true)",
        reverse_sql=f"DROP POLICY arriving ON alerts_{name}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0001_initial"),
        ("readings", "0003_store"),
        ("procrastinate", "0041_post_retry_failed_job"),
        ("tenancy", "0003_wall"),
    ]
    operations = [
        *[tenant_table(f"alerts_{name}", rights) for name, rights in TABLES.items()],
        *[composite_foreign_key(f"alerts_{table}", column, target) for table, column, target in REFERENCES],
        migrations.RunSQL(HOT, reverse_sql=migrations.RunSQL.noop),
        *[hot_table(name) for name in ("mark", "rulestate")],
        composite_foreign_key("alerts_rulestate", "rule_id", "alerts_rule"),
        composite_foreign_key("alerts_rulestate", "patient_number", MONITORED, target_key="number"),
        *[
            open_to_ingest(name)
            for name in (*[name for name, rights in TABLES.items() if "ingest" in rights], "mark", "rulestate")
        ],
        migrations.RunSQL(TELL_SOON, reverse_sql="DROP FUNCTION alerts_tell_soon(uuid)"),
    ]
