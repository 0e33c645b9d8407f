"""Drafts of an organization's own versions of programs."""

import django.contrib.postgres.fields
import django.db.models.deletion
import hearthline.foundation.clock
import hearthline.foundation.ids
import hearthline.foundation.models
from hearthline.foundation.database import composite_foreign_key, tenant_table
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0001_initial'),
        ('tenancy', '0003_wall'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='program',
            name='reason',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='program',
            name='written_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='ProgramDraft',
            fields=[
                ('id', models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ('code', models.CharField(max_length=40)),
                ('content', models.JSONField()),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('changed_at', models.DateTimeField(default=hearthline.foundation.clock.now)),
                ('hands', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('edition', models.PositiveIntegerField(default=1)),
                ('dropped_at', models.DateTimeField(blank=True, null=True)),
                ('became', hearthline.foundation.models.TenantForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program')),
                ('changed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-changed_at', '-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('became__isnull', True), ('dropped_at__isnull', True)), fields=('organization', 'code'), name='program_draft_open_once')],
            },
        ),
        tenant_table("programs_programdraft", {"app": "SELECT, INSERT, UPDATE"}),
        composite_foreign_key("programs_programdraft", "became_id", "programs_program"),
    ]
