"""Protocols, what was begun for a case, and the steps that were done."""

import django.db.models.deletion
import hearthline.foundation.clock
import hearthline.foundation.ids
import hearthline.foundation.models
from hearthline.foundation.database import composite_foreign_key, tenant_table
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('alerts', '0005_rota_and_budget'),
        ('tenancy', '0003_wall'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Protocol',
            fields=[
                ('id', models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ('code', models.SlugField(max_length=40)),
                ('version', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('retired', 'Retired')], default='draft', max_length=8)),
                ('content', models.JSONField()),
                ('reason', models.CharField(max_length=500)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('written_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['code', '-version'],
            },
        ),
        migrations.CreateModel(
            name='ProtocolRun',
            fields=[
                ('id', models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('ending', models.CharField(blank=True, choices=[('finished', 'Finished'), ('left', 'Left')], max_length=8)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('case', hearthline.foundation.models.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='protocol_runs', to='alerts.case')),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('protocol', hearthline.foundation.models.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='protocols.protocol')),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='DoneStep',
            fields=[
                ('id', models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ('step', models.CharField(max_length=40)),
                ('done_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('run', hearthline.foundation.models.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='done_steps', to='protocols.protocolrun')),
            ],
            options={
                'ordering': ['created_at', 'id'],
            },
        ),
        migrations.AddConstraint(
            model_name='protocol',
            constraint=models.UniqueConstraint(fields=('organization', 'code', 'version'), name='protocol_version'),
        ),
        migrations.AddConstraint(
            model_name='protocol',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('organization', 'code'), name='protocol_active_once'),
        ),
        migrations.AddConstraint(
            model_name='protocol',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'draft'), models.Q(('approved_at__isnull', False), ('approved_by__isnull', False)), _connector='OR'), name='protocol_approved_before_active'),
        ),
        migrations.AddConstraint(
            model_name='protocolrun',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('organization', 'case'), name='protocol_runs_once'),
        ),
        migrations.AddConstraint(
            model_name='protocolrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ending', '')), models.Q(('ended_at__isnull', False), models.Q(('ending', ''), _negated=True)), _connector='OR'), name='protocol_run_says_how_it_ended'),
        ),
        migrations.AddConstraint(
            model_name='protocolrun',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ending', 'left'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='protocol_left_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='donestep',
            constraint=models.UniqueConstraint(fields=('organization', 'run', 'step'), name='protocol_step_done_once'),
        ),
        tenant_table("protocols_protocol", {"app": "SELECT, INSERT, UPDATE"}),
        tenant_table("protocols_protocolrun", {"app": "SELECT, INSERT, UPDATE"}),
        composite_foreign_key("protocols_protocolrun", "case_id", "alerts_case"),
        composite_foreign_key("protocols_protocolrun", "protocol_id", "protocols_protocol"),
        tenant_table("protocols_donestep", {"app": "SELECT, INSERT"}),
        composite_foreign_key("protocols_donestep", "run_id", "protocols_protocolrun"),
    ]
