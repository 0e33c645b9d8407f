"""A hub attendant belongs to one site. Rows from before keep standing until they are changed (not valid constraint)."""

from typing import ClassVar

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import hearthline.foundation.models
from hearthline.foundation.database import composite_foreign_key

IS_ATTENDANT = models.Q(roles__contains=["hub_attendant"])
HAS_SITE = models.Q(site__isnull=False)


def _site() -> models.Field:
    return hearthline.foundation.models.TenantForeignKey(
        blank=True,
        db_constraint=False,
        null=True,
        on_delete=models.deletion.PROTECT,
        related_name="+",
        to="tenancy.site",
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("identity", "0005_ops_keeps_stays"), ("tenancy", "0003_wall")]
    operations: ClassVar = [
        migrations.AddField("membership", "site", _site()),
        migrations.AddField("invitation", "site", _site()),
        composite_foreign_key("identity_membership", "site_id", "tenancy_site"),
        composite_foreign_key("identity_invitation", "site_id", "tenancy_site"),
        AddConstraintNotValid(
            "membership",
            models.CheckConstraint(
                condition=~IS_ATTENDANT | HAS_SITE | models.Q(is_active=False),
                name="membership_attendant_has_site",
            ),
        ),
        migrations.AddConstraint(
            "membership",
            models.CheckConstraint(condition=~HAS_SITE | IS_ATTENDANT, name="membership_site_is_attendants"),
        ),
    ]
