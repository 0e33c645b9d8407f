"""The walls of accounts at vendors, and the little the edge may do: find a link by its digest, keep, queue."""

from django.db import migrations

from hearthline.foundation.database import READ_WRITE, composite_foreign_key, tenant_table

KEPT = "SELECT, INSERT, UPDATE"
TABLES = {
    "vendorlink": {"app": KEPT, "ingest": "SELECT (id, organization_id, callback_digest, state)"},
    "vendornotification": {
        "app": READ_WRITE,
        "ingest": "SELECT (organization_id, link_id, settled_at), INSERT",
    },
    "vendormeasurement": {"app": KEPT},
    "vendoroutage": {"app": KEPT},
}
REFERENCES = [
    ("vendorlink", "monitored_id", "readings_monitoredpatient"),
    ("vendornotification", "link_id", "vendors_vendorlink"),
    ("vendormeasurement", "link_id", "vendors_vendorlink"),
]
# The queue's table is not for the ingest login; this adds one fixed task for a link that it names, no more.
PULL_SOON = """
CREATE FUNCTION vendors_pull_soon(organization uuid, link uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)
  VALUES ('readings', 'hearthline.monitoring.vendors.services.pulling.pull', 'vendor:' || link,
    jsonb_build_object('organization_id', organization, 'link_id', link))
$$;
REVOKE ALL ON FUNCTION vendors_pull_soon(uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION vendors_pull_soon(uuid, uuid) TO hearthline_app, hearthline_ingest;
"""


def arriving(name: str) -> migrations.RunSQL:
    """Let the ingest login reach the rows of every organization, within its rights."""
    return migrations.RunSQL(
        f"CREATE POLICY arriving ON vendors_{name} TO hearthline_ingest USING (true) WITH CHECK (true)",
        reverse_sql=f"DROP POLICY arriving ON vendors_{name}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("vendors", "0001_initial"),
        ("readings", "0003_store"),
        ("procrastinate", "0041_post_retry_failed_job"),
        ("tenancy", "0003_wall"),
    ]
    operations = [
        *[tenant_table(f"vendors_{name}", rights) for name, rights in TABLES.items()],
        *[composite_foreign_key(f"vendors_{table}", column, target) for table, column, target in REFERENCES],
        arriving("vendorlink"),
        arriving("vendornotification"),
        migrations.RunSQL(PULL_SOON, reverse_sql="DROP FUNCTION vendors_pull_soon(uuid, uuid)"),
    ]
