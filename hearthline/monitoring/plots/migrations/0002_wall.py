"""The wall of dry weights: only added, never changed."""

from django.db import migrations

from hearthline.foundation.database import composite_foreign_key, tenant_table


class Migration(migrations.Migration):
    dependencies = [
        ("plots", "0001_initial"),
        ("tenancy", "0003_wall"),
        ("directory", "0002_wall"),
        ("identity", "0002_wall"),
    ]
    operations = [
        tenant_table("plots_dryweight", {"app": "SELECT, INSERT"}),
        composite_foreign_key("plots_dryweight", "patient_id", "directory_patient"),
    ]
