from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_wall")]
    operations = [
        migrations.AddField(
            "notification",
            "promised_at",
            models.DateTimeField(default=timezone.now),
            preserve_default=False,
        ),
    ]
