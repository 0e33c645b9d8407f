"""What every table of an organization has in common."""

from typing import Any

from django.db import models

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id


class TenantModel(models.Model):
    """A row that belongs to one organization.

    The migration that creates the table passes it to ``foundation.database.tenant_table``, which adds the wall
    (forced row-level security), the unique key ``(organization_id, id)`` and the grants.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("tenancy.Organization", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class Record(TenantModel):
    """A tenant row that remembers when it was made."""

    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A reference inside one organization.

    Django's own constraint would look at the id alone and so accept another organization's row (checks of foreign
    keys bypass row-level security). The constraint here is the composite one that the migration adds with
    ``foundation.database.composite_foreign_key``; a test finds references that lack it.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)


class TenantOneToOneField(models.OneToOneField[Any, Any]):
    """As ``TenantForeignKey``, at most one row for each referenced row."""

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)


class Reaction(TenantModel):
    """That a subscriber has reacted to an event: a repeated delivery finds this row and does nothing."""

    event_id = models.UUIDField()
    reaction = models.CharField(max_length=200)
    reacted_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "event_id", "reaction"], name="reaction_once"),
        ]


class Figure(models.Model):
    """A number that a process noted about its own work (``foundation.figures``); it names nobody."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=40)
    at = models.DateTimeField(default=clock.now)
    value = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["name", "at"], include=["value"], name="figure_by_name")]
