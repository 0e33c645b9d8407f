import django.db.models.deletion
import hearthline.foundation.clock
import hearthline.foundation.ids
import hearthline.foundation.models
from django.db import migrations, models

from hearthline.foundation.database import composite_foreign_key, tenant_table


class Migration(migrations.Migration):

    dependencies = [
        ('scheduling', '0005_room_turns'),
        ('tenancy', '0003_wall'),
    ]

    operations = [
        migrations.AlterField(
            model_name='appointmentchange',
            name='door',
            field=models.CharField(choices=[('patient', 'Patient'), ('staff', 'Staff'), ('link', 'Link in a message'), ('reply', 'Reply to a text message'), ('telephone', 'Spoken menu on the telephone'), ('system', 'System')], max_length=10),
        ),
        migrations.CreateModel(
            name='AppointmentPin',
            fields=[
                ('id', models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ('pin_index', models.BinaryField(max_length=32)),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('appointment', hearthline.foundation.models.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='pins', to='scheduling.appointment')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'pin_index'), name='appointment_pin_unique')],
            },
        ),
        tenant_table("scheduling_appointmentpin", {"app": "SELECT, INSERT, UPDATE"}),
        composite_foreign_key("scheduling_appointmentpin", "appointment_id", "scheduling_appointment"),
    ]
