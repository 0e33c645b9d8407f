"""Moving rows between two records of one person."""

from django.db import migrations

from hearthline.foundation.database import row_mover


class Migration(migrations.Migration):
    dependencies = [("directory", "0003_caregiver_names")]
    operations = [row_mover("directory_move_rows", "directory_patient")]
