from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("directory", "0006_consent_to_monitoring"),
    ]

    operations = [
        migrations.AddField(
            model_name="practitioner",
            name="photo_digest",
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
