"""What refers to a study moves with it when two records of one person are joined."""

from django.db import migrations

from hearthline.foundation.database import row_mover


class Migration(migrations.Migration):
    dependencies = [("dicom", "0002_teaching")]

    operations = [row_mover("dicom_move_rows", "dicom_study")]
