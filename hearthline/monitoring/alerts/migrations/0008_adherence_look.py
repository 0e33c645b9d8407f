import django.db.models.deletion
from django.db import migrations, models

import hearthline.foundation.clock
import hearthline.foundation.ids
from hearthline.foundation.database import tenant_table


class Migration(migrations.Migration):
    dependencies = [("alerts", "0007_telling_by_notification"), ("tenancy", "0003_wall")]
    operations = [
        migrations.CreateModel(
            name="AdherenceLook",
            fields=[
                ("id", models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ("looked_at", models.DateTimeField(default=hearthline.foundation.clock.now)),
                ("organization", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenancy.organization")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organization",), name="adherence_look_once")],
            },
        ),
        tenant_table("alerts_adherencelook", {"app": "SELECT, INSERT, UPDATE"}),
    ]
