from django.db import migrations

from hearthline.foundation.database import tenant_table


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial"), ("tenancy", "0003_wall")]
    operations = [tenant_table("foundation_reaction", {"app": "SELECT, INSERT"})]
