import django.db.models.deletion
import hearthline.foundation.clock
import hearthline.foundation.crypto.fields
import hearthline.foundation.ids
import hearthline.foundation.models
from django.db import migrations, models

from hearthline.foundation.database import composite_foreign_key, tenant_table


class Migration(migrations.Migration):

    dependencies = [
        ('tenancy', '0004_dial_in_number'),
        ('visits', '0005_interpreters'),
    ]

    operations = [
        migrations.CreateModel(
            name='TypedLine',
            fields=[
                ('id', models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ('text', hearthline.foundation.crypto.fields.EncryptedTextField(max_length=2000)),
                ('key', models.CharField(max_length=64)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('participant', hearthline.foundation.models.TenantOneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='typed_line', to='visits.participant')),
                ('visit', hearthline.foundation.models.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='typed_lines', to='visits.visit')),
            ],
            options={
                'abstract': False,
            },
        ),
        tenant_table("visits_typedline"),
        composite_foreign_key("visits_typedline", "visit_id", "visits_visit"),
        composite_foreign_key("visits_typedline", "participant_id", "visits_participant"),
    ]
