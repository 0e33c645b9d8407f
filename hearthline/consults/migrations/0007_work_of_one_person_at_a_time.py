"""Stretches of work of one person never overlap, whosever cases they are for."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import migrations
from django.db.models import Func


class Migration(migrations.Migration):
    dependencies = [("consults", "0006_own_answers")]

    operations = [
        migrations.AddConstraint(
            model_name="worktime",
            constraint=ExclusionConstraint(
                name="work_of_one_person_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    (
                        Func(
                            "starts_at",
                            "ends_at",
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ),
    ]
