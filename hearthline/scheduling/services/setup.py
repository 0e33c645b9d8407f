"""A clinic's own administration of services, hours and exceptions."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Model

from hearthline.audit.services import record
from hearthline.directory.models import Practitioner
from hearthline.identity.actor import Actor
from hearthline.scheduling.models import AvailabilityException, AvailabilityRule, Service, ServiceOffer


@transaction.atomic
def save_service(
    actor: Actor,
    *,
    service: Service,
    names: Mapping[str, str],
    instructions: Mapping[str, str],
    red_flags: list[dict[str, Any]],
    practitioners: Iterable[Practitioner],
) -> Service:
    """Create or change a service and who offers it. Bookings made before keep their times."""
    service.organization_id = actor.organization_id
    service.names, service.instructions, service.red_flags = dict(names), dict(instructions), red_flags
    service.save()
    wanted = {one.pk for one in practitioners}
    ServiceOffer.objects.filter(service=service).exclude(practitioner_id__in=wanted).delete()
    there = set(ServiceOffer.objects.filter(service=service).values_list("practitioner_id", flat=True))
    ServiceOffer.objects.bulk_create(
        ServiceOffer(organization_id=actor.organization_id, service=service, practitioner_id=one)
        for one in sorted(wanted - there)
    )
    record(actor, "service.saved", service)
    return service


@transaction.atomic
def add_hours(actor: Actor, *, rule: AvailabilityRule) -> AvailabilityRule:
    """Add a line of hours, in the zone of its site."""
    rule.organization_id = actor.organization_id
    rule.zone = rule.site.zone
    rule.save(force_insert=True)
    record(actor, "hours.added", rule)
    return rule


@transaction.atomic
def add_exception(actor: Actor, *, exception: AvailabilityException) -> AvailabilityException:
    """Close a stretch of time, or open it besides the hours. Bookings in it stay: a person decides about each."""
    exception.organization_id = actor.organization_id
    exception.save(force_insert=True)
    record(actor, "exception.added", exception, reason=exception.reason)
    return exception


@transaction.atomic
def remove(actor: Actor, *, row: AvailabilityRule | AvailabilityException) -> None:
    """Remove a line of hours or an exception. Bookings made by it stay."""
    subject: Model = row
    record(actor, f"{subject._meta.model_name}.removed", (subject._meta.label_lower, row.pk))
    row.delete()
