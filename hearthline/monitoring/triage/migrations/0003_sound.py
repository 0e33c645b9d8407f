"""Who wants to hear of dangerous values."""

import django.db.models.deletion
import hearthline.foundation.clock
import hearthline.foundation.ids
from hearthline.foundation.database import tenant_table
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenancy', '0003_wall'),
        ('triage', '0002_wall'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SoundWish',
            fields=[
                ('id', models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'user'), name='sound_wish_once')],
            },
        ),
        tenant_table("triage_soundwish", {"app": "SELECT, INSERT, DELETE"}),
    ]
