from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('directory', '0008_consent_to_photos'),
        ('tenancy', '0004_dial_in_number'),
    ]

    operations = [
        migrations.AddField(
            model_name='patient',
            name='interpreter_gender',
            field=models.CharField(blank=True, choices=[('woman', 'A woman'), ('man', 'A man')], max_length=6),
        ),
        migrations.AddField(
            model_name='patient',
            name='interpreter_name',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddConstraint(
            model_name='patient',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('interpreter', 'none'), _negated=True), models.Q(('interpreter_gender', ''), ('interpreter_name', '')), _connector='OR'), name='patient_interpreter_wishes'),
        ),
    ]
