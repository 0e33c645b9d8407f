import django.db.models.deletion
import hearthline.foundation.clock
import hearthline.foundation.crypto.fields
import hearthline.foundation.ids
import hearthline.foundation.models
from django.db import migrations, models

from hearthline.foundation.database import composite_foreign_key, tenant_table

CHANNELS = [('email', 'E-mail'), ('sms', 'Text message'), ('voice', 'Telephone call')]


class Migration(migrations.Migration):

    dependencies = [
        ('messaging', '0004_words'),
        ('tenancy', '0003_wall'),
    ]

    operations = [
        migrations.AlterField(
            model_name='deliveryattempt',
            name='channel',
            field=models.CharField(choices=CHANNELS, max_length=8),
        ),
        migrations.AlterField(
            model_name='doubtfulcontact',
            name='channel',
            field=models.CharField(choices=CHANNELS, max_length=8),
        ),
        migrations.AlterField(
            model_name='optout',
            name='channel',
            field=models.CharField(choices=CHANNELS, max_length=8),
        ),
        migrations.AlterField(
            model_name='notification',
            name='channel',
            field=models.CharField(blank=True, choices=CHANNELS, max_length=8),
        ),
        migrations.AlterField(
            model_name='templatewording',
            name='channel',
            field=models.CharField(choices=CHANNELS, max_length=8),
        ),
        migrations.CreateModel(
            name='VoiceCall',
            fields=[
                ('id', models.UUIDField(default=hearthline.foundation.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=hearthline.foundation.clock.now, editable=False)),
                ('reference', models.CharField(max_length=200)),
                ('number', hearthline.foundation.crypto.fields.EncryptedTextField()),
                ('text', hearthline.foundation.crypto.fields.EncryptedTextField(max_length=2000)),
                ('language', models.CharField(max_length=10)),
                ('due_at', models.DateTimeField(default=hearthline.foundation.clock.now)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('attempt_count', models.PositiveSmallIntegerField(default=0)),
                ('heard_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('notification', hearthline.foundation.models.TenantForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='voice_calls', to='messaging.notification')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organization', 'notification'), name='voice_call_once')],
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['organization', 'due_at'], name='voice_call_open')],
            },
        ),
        tenant_table("messaging_voicecall", {"app": "SELECT, INSERT, UPDATE"}),
        composite_foreign_key("messaging_voicecall", "notification_id", "messaging_notification"),
    ]
