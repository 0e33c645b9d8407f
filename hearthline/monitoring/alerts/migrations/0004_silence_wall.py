"""The walls of silence; the ingest edge has no part in it."""

from django.db import migrations

from hearthline.foundation.database import composite_foreign_key, tenant_table

KEPT = "SELECT, INSERT, UPDATE"


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_silence"), ("alerts", "0002_wall")]
    operations = [
        *[
            tenant_table(f"alerts_{name}", {"app": KEPT})
            for name in ("silenceincident", "silentspell", "silencesweep")
        ],
        composite_foreign_key("alerts_silentspell", "monitored_id", "readings_monitoredpatient"),
        composite_foreign_key("alerts_silentspell", "incident_id", "alerts_silenceincident"),
    ]
