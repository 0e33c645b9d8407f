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
        ('visits', '0004_phone_calls'),
    ]

    operations = [
        migrations.CreateModel(
            name='InterpreterBooking',
            fields=[
                ('id', models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ('kind', models.CharField(choices=[('interpreter', 'Interpreter'), ('sign_language', 'Sign-language interpreter'), ('captions', 'Live captions'), ('relay', 'Telephone relay service')], max_length=14)),
                ('language', models.CharField(max_length=10)),
                ('channel', models.CharField(choices=[('link', 'By a link'), ('telephone', 'By telephone')], max_length=10)),
                ('telephone', hearthline.foundation.crypto.fields.EncryptedTextField(blank=True, default='', max_length=32)),
                ('agency', models.CharField(blank=True, max_length=100)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('number', models.CharField(blank=True, max_length=40)),
                ('state', models.CharField(choices=[('requested', 'Asked'), ('accepted', 'Accepted'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn'), ('replaced', 'Replaced')], default='requested', max_length=10)),
                ('requested_by_user_id', models.UUIDField()),
                ('requested_at', models.DateTimeField(default=hearthline.foundation.clock.now)),
                ('answered_at', models.DateTimeField(blank=True, null=True)),
                ('answered_by_user_id', models.UUIDField(null=True)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('participant', hearthline.foundation.models.TenantOneToOneField(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='interpreter_booking', to='visits.participant')),
                ('replaces', hearthline.foundation.models.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='visits.interpreterbooking')),
                ('visit', hearthline.foundation.models.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='interpreter_bookings', to='visits.visit')),
            ],
            options={
                'ordering': ['requested_at', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'accepted')), fields=('organization', 'visit', 'kind'), name='interpreter_accepted_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'accepted'), _negated=True), models.Q(models.Q(models.Q(('name', ''), _negated=True), models.Q(('number', ''), _negated=True), _connector='OR'), ('answered_at__isnull', False)), _connector='OR'), name='interpreter_accepted_known'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state__in', ('requested', 'accepted'))), models.Q(('ended_at__isnull', False), ('state__in', ('declined', 'withdrawn', 'replaced'))), _connector='OR'), name='interpreter_over_has_end')],
            },
        ),
        tenant_table("visits_interpreterbooking", {"app": "SELECT, INSERT, UPDATE"}),
        *[
            composite_foreign_key("visits_interpreterbooking", column, target)
            for column, target in (
                ("visit_id", "visits_visit"),
                ("participant_id", "visits_participant"),
                ("replaces_id", "visits_interpreterbooking"),
            )
        ],
    ]
