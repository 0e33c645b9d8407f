import django.db.models.deletion
import hearthline.foundation.clock
import hearthline.foundation.ids
import hearthline.foundation.models
from django.conf import settings
from django.db import migrations, models

from hearthline.foundation.database import composite_foreign_key, tenant_table

# What was booked before keeps what has to be there. The wall is lowered for the owner while rows are copied.
COPY = """
ALTER TABLE scheduling_appointment NO FORCE ROW LEVEL SECURITY;
INSERT INTO scheduling_requirement (id, created_at, organization_id, appointment_id, kind, language, gender, name, way)
SELECT gen_random_uuid(), created_at, organization_id, id,
  CASE WHEN interpreter_language IN ('ase', 'mfs', 'ssp', 'bfi', 'fsl', 'gsg', 'jsl') THEN 'sign_language'
    ELSE 'interpreter' END,
  interpreter_language, '', '', ''
FROM scheduling_appointment WHERE status <> 'held' AND needs_interpreter AND interpreter_language <> '';
INSERT INTO scheduling_requirement (id, created_at, organization_id, appointment_id, kind, language, gender, name, way)
SELECT gen_random_uuid(), created_at, organization_id, id, need, '', '', '', ''
FROM scheduling_appointment, unnest(access_needs) AS need WHERE status <> 'held' AND need IN ('captions', 'relay');
UPDATE scheduling_appointment SET access_needs = array_remove(array_remove(access_needs, 'captions'), 'relay')
WHERE status <> 'held' AND access_needs && ARRAY['captions', 'relay']::varchar[];
ALTER TABLE scheduling_appointment FORCE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0006_appointment_pins'),
        ('tenancy', '0004_dial_in_number'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Requirement',
            fields=[
                ('id', models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ('kind', models.CharField(choices=[('interpreter', 'Interpreter'), ('sign_language', 'Sign-language interpreter'), ('captions', 'Live captions'), ('relay', 'Telephone relay service')], max_length=14)),
                ('language', models.CharField(blank=True, max_length=10)),
                ('gender', models.CharField(blank=True, choices=[('woman', 'A woman'), ('man', 'A man')], max_length=6)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('way', models.CharField(blank=True, choices=[('clinician', 'The clinician speaks or signs it'), ('on_site', 'An interpreter sits beside the patient or the clinician'), ('captioner', 'Somebody writes along and comes by a link'), ('typed', 'We type what we say'), ('relayed', 'The call goes through the relay service')], max_length=10)),
                ('arranged_at', models.DateTimeField(blank=True, null=True)),
                ('appointment', hearthline.foundation.models.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='requirements', to='scheduling.appointment')),
                ('arranged_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
            options={
                'ordering': ['kind'],
                'constraints': [models.UniqueConstraint(fields=('organization', 'appointment', 'kind'), name='requirement_once'), models.CheckConstraint(condition=models.Q(models.Q(('kind__in', ['interpreter', 'sign_language']), models.Q(('language', ''), _negated=True)), models.Q(models.Q(('kind__in', ['interpreter', 'sign_language']), _negated=True), ('gender', ''), ('language', ''), ('name', '')), _connector='OR'), name='requirement_language'), models.CheckConstraint(condition=models.Q(models.Q(('arranged_at__isnull', True), ('way', '')), models.Q(models.Q(('way', ''), _negated=True), ('arranged_at__isnull', False)), _connector='OR'), name='requirement_arranged')],
            },
        ),
        migrations.RunSQL(COPY, reverse_sql=migrations.RunSQL.noop),
        tenant_table("scheduling_requirement"),
        composite_foreign_key("scheduling_requirement", "appointment_id", "scheduling_appointment"),
        migrations.RemoveField(
            model_name='appointment',
            name='interpreter_language',
        ),
        migrations.RemoveField(
            model_name='appointment',
            name='needs_interpreter',
        ),
        migrations.AddField(
            model_name='bookingdraft',
            name='interpreter_gender',
            field=models.CharField(blank=True, max_length=6),
        ),
        migrations.AddField(
            model_name='bookingdraft',
            name='interpreter_name',
            field=models.CharField(blank=True, max_length=100),
        ),
    ]
