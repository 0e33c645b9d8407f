"""Reactions that join two that do not know each other: the chart and messages; what is silent, and the service desk."""

from django.conf import settings
from django.urls import reverse

from hearthline.charting.events import SummaryReleased
from hearthline.fleet.incident_rules import Cause
from hearthline.fleet.incidents import end_fault, report_fault
from hearthline.fleet.models import Incident
from hearthline.foundation.events import subscriber
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role
from hearthline.messaging.models import StaffNotice
from hearthline.messaging.notices import tell_roles, tell_users
from hearthline.messaging.services import notify
from hearthline.monitoring.alerts.events import DeviceHeard, DeviceSilent, OutageEnded, OutageNoticed
from hearthline.monitoring.alerts.models import SilenceIncident, SilentSpell
from hearthline.monitoring.vendors.events import VendorOutageEnded, VendorOutageNoticed
from hearthline.monitoring.vendors.models import VendorOutage
from hearthline.visits.events import PatientWantsCall
from hearthline.visits.models import Visit


@subscriber(SummaryReleased)
def tell_of_summary(event: SummaryReleased) -> None:
    """Tell the patient that there is something new to read; not what it is."""
    path = reverse("charting:summary", args=[event.summary_id])
    notify(
        actor=Actor.system(event.organization_id, "summaries"),
        patient_id=event.patient_id,
        template="summary.ready",
        context={"link": f"{settings.PUBLIC_URL}{path}"},
        about=("charting.summary", event.summary_id),
        key=f"summary:{event.summary_id}",
    )


@subscriber(PatientWantsCall)
def tell_of_wanted_call(event: PatientWantsCall) -> None:
    """Tell the clinician and the navigators that somebody left the waiting page and wants to be called."""
    visit = Visit.objects.select_related("practitioner__membership").get(pk=event.visit_id)
    about, path = ("visits.visit", event.visit_id), reverse("visits:clinician_room", args=[event.visit_id])
    kind, key = StaffNotice.Kind.OTHER.value, f"call-wanted:{event.event_id}"
    organization_id = event.organization_id
    clinician = visit.practitioner.membership.user_id
    tell_users(
        organization_id=organization_id, user_ids=[clinician], kind=kind, about=about, path=path, key=key
    )
    tell_roles(
        organization_id=organization_id, roles=[Role.NAVIGATOR], kind=kind, about=about, path=path, key=key
    )


# The row of what began is locked while its fault is noted: whoever ends it waits, so the end is never told first.


@subscriber(DeviceSilent)
def device_is_silent(event: DeviceSilent) -> None:
    """Note the fault of one device, if it lasts."""
    actor = Actor.system(event.organization_id, "incidents")
    spell = SilentSpell.objects.select_for_update().get(pk=event.spell_id)
    if spell.ended_at is None:
        incident = report_fault(
            actor,
            cause=Cause.DEVICE_FAULT,
            source_id=spell.pk,
            since=spell.noticed_at,
            reference=event.placement_reference,
        )
        _tell(incident)


@subscriber(OutageNoticed)
def many_are_silent(event: OutageNoticed) -> None:
    """Note that many fell silent at once: how many, not who."""
    actor = Actor.system(event.organization_id, "incidents")
    outage = SilenceIncident.objects.select_for_update().get(pk=event.incident_id)
    if outage.ended_at is None:
        incident = report_fault(
            actor,
            cause=Cause.OUTAGE,
            source_id=outage.pk,
            since=outage.opened_at,
            affected=outage.people,
        )
        _tell(incident)


@subscriber(VendorOutageNoticed)
def vendor_is_away(event: VendorOutageNoticed) -> None:
    """Note that a maker's cloud does not answer."""
    actor = Actor.system(event.organization_id, "incidents")
    outage = VendorOutage.objects.select_for_update().get(pk=event.outage_id)
    if outage.ended_at is None:
        incident = report_fault(actor, cause=Cause.VENDOR_AWAY, source_id=outage.pk, since=outage.opened_at)
        _tell(incident)


@subscriber(DeviceHeard)
def device_is_heard(event: DeviceHeard) -> None:
    """Note that a device is heard again."""
    end_fault(Actor.system(event.organization_id, "incidents"), source_id=event.spell_id)


@subscriber(OutageEnded)
def many_are_heard(event: OutageEnded) -> None:
    """Note that those who fell silent at once are heard again."""
    end_fault(Actor.system(event.organization_id, "incidents"), source_id=event.incident_id)


@subscriber(VendorOutageEnded)
def vendor_is_back(event: VendorOutageEnded) -> None:
    """Note that a maker's cloud answers again."""
    end_fault(Actor.system(event.organization_id, "incidents"), source_id=event.outage_id)


def _tell(incident: Incident) -> None:
    """Tell every technician, once for each incident."""
    tell_roles(
        organization_id=incident.organization_id,
        roles=(Role.TECHNICIAN,),
        kind=StaffNotice.Kind.OTHER.value,
        about=("fleet.incident", incident.pk),
        path=reverse("fleet:incident", args=[incident.pk]),
        key=f"incident:{incident.pk}",
    )
