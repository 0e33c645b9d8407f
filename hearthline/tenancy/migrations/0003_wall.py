from django.db import migrations

from hearthline.foundation.database import global_table, tenant_table


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_initial")]
    operations = [
        global_table("tenancy_organization", {"app": "SELECT, INSERT, UPDATE", "ops": "SELECT", "sealer": "SELECT"}),
        migrations.RunSQL(
            """
            ALTER TABLE tenancy_organization ENABLE ROW LEVEL SECURITY;
            ALTER TABLE tenancy_organization FORCE ROW LEVEL SECURITY;
            CREATE POLICY readable ON tenancy_organization FOR SELECT USING (true);
            CREATE POLICY create_own ON tenancy_organization FOR INSERT
              WITH CHECK (id = (SELECT tenancy_organization()));
            CREATE POLICY change_own ON tenancy_organization FOR UPDATE
              USING (id = (SELECT tenancy_organization()))
              WITH CHECK (id = (SELECT tenancy_organization()));
            """,
            reverse_sql=migrations.RunSQL.noop,
        ),
        tenant_table("tenancy_site", {"app": "SELECT, INSERT, UPDATE", "ops": "SELECT"}),
    ]
