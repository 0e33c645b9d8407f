import django.db.models.deletion
import hearthline.foundation.clock
import hearthline.foundation.crypto.fields
import hearthline.foundation.ids
import hearthline.foundation.models
from django.db import migrations, models

from hearthline.foundation.database import composite_foreign_key, tenant_table


class Migration(migrations.Migration):

    dependencies = [
        ('visits', '0003_ladder'),
        ('tenancy', '0003_wall'),
    ]

    operations = [
        migrations.CreateModel(
            name='PhoneCall',
            fields=[
                ('id', models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ('direction', models.CharField(choices=[('in', 'Dialled in'), ('out', 'Called by the clinic')], max_length=4)),
                ('state', models.CharField(choices=[('asked', 'About to ring'), ('ringing', 'Ringing'), ('answered', 'Answered, waiting for a key'), ('connected', 'By telephone'), ('busy', 'Busy'), ('no_answer', 'No answer'), ('failed', 'Could not be reached'), ('ended', 'Hung up')], default='asked', max_length=10)),
                ('number', hearthline.foundation.crypto.fields.EncryptedTextField(blank=True, default='', max_length=32)),
                ('asked_by_user_id', models.UUIDField(null=True)),
                ('asked_at', models.DateTimeField(default=hearthline.foundation.clock.now)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('hang_up_wanted_at', models.DateTimeField(blank=True, null=True)),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('join', hearthline.foundation.models.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='visits.join')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('participant', hearthline.foundation.models.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='phone_calls', to='visits.participant')),
                ('visit', hearthline.foundation.models.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='phone_calls', to='visits.visit')),
            ],
            options={
                'ordering': ['asked_at', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('organization', 'participant'), name='phone_call_one_at_a_time'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state__in', ('asked', 'ringing', 'answered', 'connected'))), models.Q(('ended_at__isnull', False), ('state__in', ('busy', 'no_answer', 'failed', 'ended'))), _connector='OR'), name='phone_call_over_has_end')],
                'indexes': [models.Index(fields=['organization', 'visit', 'asked_at'], name='phone_call_by_visit'), models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['organization', 'asked_at'], name='phone_call_open')],
            },
        ),
        tenant_table("visits_phonecall", {"app": "SELECT, INSERT, UPDATE"}),
        *[
            composite_foreign_key("visits_phonecall", column, target)
            for column, target in (
                ("visit_id", "visits_visit"),
                ("participant_id", "visits_participant"),
                ("join_id", "visits_join"),
            )
        ],
    ]
