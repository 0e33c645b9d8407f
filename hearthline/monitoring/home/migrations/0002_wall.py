"""The wall of each table of the patient's pages and its references inside one organization."""

from django.db import migrations

from hearthline.foundation.database import composite_foreign_key, tenant_table

KEPT = "SELECT, INSERT, UPDATE"
TABLES = {
    "goal": {"app": KEPT},
    # The edge puts values here whose device was nobody's; it never reads them.
    "unclaimedreading": {"app": KEPT, "ingest": "INSERT"},
}
REFERENCES = [
    ("goal", "monitored_id", "readings_monitoredpatient"),
    ("unclaimedreading", "device_id", "readings_device"),
]
ARRIVING = "CREATE POLICY arriving ON home_unclaimedreading TO hearthline_ingest USING (true) WITH CHECK (true)"


class Migration(migrations.Migration):
    dependencies = [("home", "0001_initial"), ("readings", "0003_store"), ("tenancy", "0003_wall")]
    operations = [
        *[tenant_table(f"home_{name}", rights) for name, rights in TABLES.items()],
        *[composite_foreign_key(f"home_{table}", column, target) for table, column, target in REFERENCES],
        migrations.RunSQL(ARRIVING, reverse_sql="DROP POLICY arriving ON home_unclaimedreading"),
    ]
