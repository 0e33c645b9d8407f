from django.db import migrations

from hearthline.foundation.database import tenant_table


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenancy", "0003_wall")]
    operations = [
        tenant_table("audit_auditentry", {"app": "INSERT", "ops": "INSERT", "sealer": "SELECT"}),
    ]
