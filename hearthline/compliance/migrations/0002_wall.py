from django.db import migrations

from hearthline.foundation.database import tenant_table


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial"), ("tenancy", "0003_wall")]
    operations = [tenant_table("compliance_breakglass", {"app": "SELECT, INSERT, UPDATE"})]
