from django.db import migrations


class Migration(migrations.Migration):
    """Files are seen by the organization whose they are; cases that others read keep copies of their own."""

    dependencies = [("intake", "0002_wall")]
    operations = [
        migrations.RunSQL(
            [f"DROP POLICY visible ON intake_{table}" for table in ("file", "rendition")],
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.DeleteModel("FileGrant"),
    ]
