"""The wall of the time that staff spend."""

from django.db import migrations

from hearthline.foundation.database import READ_WRITE, composite_foreign_key, tenant_table


class Migration(migrations.Migration):
    dependencies = [
        ("triage", "0001_initial"),
        ("alerts", "0002_wall"),
        ("directory", "0002_wall"),
        ("tenancy", "0003_wall"),
    ]
    operations = [
        tenant_table("triage_timeentry", {"app": READ_WRITE}),
        composite_foreign_key("triage_timeentry", "patient_id", "directory_patient"),
        composite_foreign_key("triage_timeentry", "case_id", "alerts_case"),
    ]
