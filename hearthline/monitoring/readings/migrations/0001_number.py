"""The sequence that numbers monitored persons and devices: one for both, so that neither can be taken for the other."""

from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(
            """
            CREATE SEQUENCE readings_number;
            GRANT USAGE ON SEQUENCE readings_number TO hearthline_app;
            CREATE SEQUENCE readings_ingestion_number;
            GRANT USAGE ON SEQUENCE readings_ingestion_number TO hearthline_app, hearthline_ingest;
            """,
            reverse_sql="DROP SEQUENCE readings_number; DROP SEQUENCE readings_ingestion_number",
        )
    ]
