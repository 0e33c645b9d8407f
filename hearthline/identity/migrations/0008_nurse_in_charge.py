"""A role held beside another one: who sets who is on call."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0007_second_factor_resets'),
        ('tenancy', '0003_wall'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='membership',
            name='membership_roles_known',
        ),
        migrations.AlterField(
            model_name='invitation',
            name='roles',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('patient', 'Patient'), ('caregiver', 'Caregiver'), ('nurse', 'Nurse'), ('nurse_in_charge', 'Nurse in charge'), ('physician', 'Physician'), ('specialist', 'Specialist'), ('navigator', 'Navigator'), ('hub_attendant', 'Hub attendant'), ('administrator', 'Clinic administrator'), ('technician', 'Technician'), ('auditor', 'Auditor')], max_length=20), size=None),
        ),
        migrations.AlterField(
            model_name='membership',
            name='roles',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('patient', 'Patient'), ('caregiver', 'Caregiver'), ('nurse', 'Nurse'), ('nurse_in_charge', 'Nurse in charge'), ('physician', 'Physician'), ('specialist', 'Specialist'), ('navigator', 'Navigator'), ('hub_attendant', 'Hub attendant'), ('administrator', 'Clinic administrator'), ('technician', 'Technician'), ('auditor', 'Auditor')], max_length=20), size=None),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.CheckConstraint(condition=models.Q(('roles__len__gt', 0), ('roles__contained_by', ['patient', 'caregiver', 'nurse', 'nurse_in_charge', 'physician', 'specialist', 'navigator', 'hub_attendant', 'administrator', 'technician', 'auditor'])), name='membership_roles_known'),
        ),
    ]
