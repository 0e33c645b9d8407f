import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenancy', '0003_wall'),
    ]

    operations = [
        migrations.AddField(
            model_name='organization',
            name='dial_in_number',
            field=models.CharField(blank=True, default='', max_length=20, validators=[django.core.validators.RegexValidator('^\\+[0-9]{6,15}$', 'Write the number with its country, for example +15125550100.')]),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name='organization',
            constraint=models.UniqueConstraint(condition=models.Q(('dial_in_number', ''), _negated=True), fields=('dial_in_number',), name='organization_dial_in_number_unique'),
        ),
    ]
