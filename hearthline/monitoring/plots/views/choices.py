"""What a page may be asked for, by its address: targets, unit, protocol. Unknown words mean the default."""

from django.http import HttpRequest

from hearthline.identity.policy import HearthlineRequest
from hearthline.monitoring.plots.blood_pressure import BY_CODE as PROTOCOL_BY_CODE
from hearthline.monitoring.plots.blood_pressure import PROTOCOLS, Protocol
from hearthline.monitoring.plots.glucose import Unit
from hearthline.monitoring.plots.targets import BY_CODE, TARGETS, Targets
from hearthline.tenancy.models import Organization

MASS_COUNTRY = "US"  # where glucose is spoken of in mg/dL


def targets_of(request: HttpRequest) -> Targets:
    """Return the targets asked for."""
    return BY_CODE.get(request.GET.get("targets", ""), TARGETS[0])


def protocol_of(request: HttpRequest) -> Protocol:
    """Return the protocol of averages asked for."""
    return PROTOCOL_BY_CODE.get(request.GET.get("protocol", ""), PROTOCOLS[0])


def unit_of(request: HearthlineRequest) -> Unit:
    """Return the unit asked for, or the one usual where the organization is."""
    asked = request.GET.get("unit", "")
    if asked in set(Unit):
        return Unit(asked)
    place = Organization.objects.values_list("jurisdiction", flat=True).get(pk=request.actor.organization_id)
    return Unit.MASS if str(place).startswith(MASS_COUNTRY) else Unit.MOLAR
