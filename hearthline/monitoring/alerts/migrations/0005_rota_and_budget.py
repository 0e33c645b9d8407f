"""The weekly pattern of who is on call, the channels of the ladder, what no longer holds, and more of the budget."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import hearthline.foundation.clock
import hearthline.foundation.ids
import hearthline.foundation.models
from hearthline.foundation.database import composite_foreign_key, tenant_table
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0004_silence_wall'),
        ('tenancy', '0003_wall'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='OnCallLine',
            fields=[
                ('id', models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('whom', models.CharField(choices=[('on_call', 'On call'), ('supervisor', 'Supervisor')], max_length=12)),
                ('weekday', models.PositiveSmallIntegerField()),
                ('starts', models.TimeField()),
                ('ends', models.TimeField()),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(blank=True, null=True)),
            ],
            options={
                'ordering': ['weekday', 'starts', 'id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='ladderstep',
            name='ladder_step',
        ),
        migrations.RemoveConstraint(
            model_name='oncallshift',
            name='shift_one_person_at_a_time',
        ),
        migrations.AddField(
            model_name='alertbudget',
            name='nurse_minutes_a_day',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='alertbudget',
            name='set_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='alertbudget',
            name='set_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='case',
            name='uncovered_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='ladderstep',
            name='channel',
            field=models.CharField(choices=[('notice', 'Notice in the application'), ('email', 'Notice and e-mail')], default='notice', max_length=8),
        ),
        migrations.AddField(
            model_name='ladderstep',
            name='ended_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='ladderstep',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='ladderstep',
            name='set_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='oncallshift',
            name='ended_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='oncallshift',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='oncallshift',
            name='reason',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='oncallshift',
            name='set_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='alertevent',
            name='happening',
            field=models.CharField(choices=[('asked', 'The patient was asked to measure again'), ('raised', 'Raised'), ('worsened', 'Got worse'), ('settled', 'The repeat was good'), ('resolved', 'Values came back'), ('suppressed', 'Held back'), ('claimed', 'Taken'), ('released', 'Given back'), ('escalated', 'Told the next'), ('breached', 'Nobody took it in time'), ('uncovered', 'Nobody was on call'), ('snoozed', 'Snoozed'), ('woken', 'The snooze was broken'), ('closed', 'Closed')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='ladderstep',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('organization', 'severity', 'after_minutes'), name='ladder_step'),
        ),
        migrations.AddConstraint(
            model_name='oncallshift',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('ended_at__isnull', True)), expressions=[('organization', '='), ('whom', '='), (models.Func('starts_at', 'ends_at', django.contrib.postgres.fields.ranges.RangeBoundary(), function='TSTZRANGE', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='shift_one_person_at_a_time'),
        ),
        migrations.AddField(
            model_name='oncallline',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='oncallline',
            name='organization',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization'),
        ),
        migrations.AddField(
            model_name='oncallline',
            name='set_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='oncallline',
            name='site',
            field=hearthline.foundation.models.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.site'),
        ),
        migrations.AddField(
            model_name='oncallline',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='oncallline',
            index=models.Index(fields=['organization', 'whom'], name='on_call_line_of'),
        ),
        migrations.AddConstraint(
            model_name='oncallline',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__range', (0, 6))), name='on_call_line_weekday'),
        ),
        migrations.AddConstraint(
            model_name='oncallline',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='on_call_line_days_in_order'),
        ),
        tenant_table("alerts_oncallline", {"app": "SELECT, INSERT, UPDATE"}),
        composite_foreign_key("alerts_oncallline", "site_id", "tenancy_site"),
        # What was on the calendar or the ladder can be read later: rows end, and are not erased.
        migrations.RunSQL(
            "REVOKE DELETE ON alerts_ladderstep, alerts_oncallshift FROM hearthline_app",
            reverse_sql="GRANT DELETE ON alerts_ladderstep, alerts_oncallshift TO hearthline_app",
        ),
    ]
