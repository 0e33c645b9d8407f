"""Reactions that join two that do not know each other: the chart and messages; what is silent, and the service desk."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from hearthline.charting.events import SummaryReleased
from hearthline.charting.results.access import released
from hearthline.charting.results.events import (
    CriticalResultFiled,
    MessageWaits,
    ResultFiled,
    ResultHandedOver,
)
from hearthline.charting.results.models import CriticalResult, Report
from hearthline.charting.results.rules import LADDER, Whom
from hearthline.consults.services.visiting import count_visit
from hearthline.directory.models import Practitioner
from hearthline.fleet.incident_rules import Cause
from hearthline.fleet.incidents import end_fault, report_fault
from hearthline.fleet.models import DETAIL_LENGTH, Incident
from hearthline.foundation import clock
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
from hearthline.visits.events import PatientLostAtRisk, PatientWantsCall, TechnologyFailed, VisitEnded
from hearthline.visits.models import Visit, VisitRating
from hearthline.visits.services.rating import facts_for_service_desk


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


@subscriber(PatientLostAtRisk)
def tell_of_patient_lost_at_risk(event: PatientLostAtRisk) -> None:
    """Tell the nurses and navigators that a colleague needs them now: the protocol says who does what."""
    tell_roles(
        organization_id=event.organization_id,
        roles=[Role.NURSE, Role.NAVIGATOR],
        kind=StaffNotice.Kind.OTHER.value,
        about=("visits.visit", event.visit_id),
        path=f"{reverse('visits:rescue')}?window=now",
        key=f"lost-at-risk:{event.event_id}",
    )


@subscriber(TechnologyFailed)
def technology_failed(event: TechnologyFailed) -> None:
    """Open a fault for the service desk: codes and measured figures of the visit, nothing that anybody wrote."""
    rating = VisitRating.objects.select_related("participant").get(pk=event.rating_id)
    incident = report_fault(
        Actor.system(event.organization_id, "incidents"),
        cause=Cause.CALL_QUALITY,
        source_id=rating.pk,
        since=event.rated_at,
        detail=facts_for_service_desk(rating)[:DETAIL_LENGTH],
    )
    _tell(incident)


# A laboratory that is newly connected may send years of results; nobody is told of those one by one.
ANNOUNCED_WITHIN = timedelta(days=30)
# Whom a step of the ladder tells by role; the responsible clinician is told by name.
TOLD_AT_STEP = {
    Whom.RESPONSIBLE: (),
    Whom.CLINICIANS: (Role.NURSE, Role.PHYSICIAN),
    Whom.EVERYBODY: (Role.NURSE, Role.PHYSICIAN, Role.SPECIALIST, Role.NAVIGATOR, Role.ADMINISTRATOR),
}


@subscriber(ResultFiled)
def tell_of_result(event: ResultFiled) -> None:
    """Tell the patient that there is something to read, unless it is held back, and who ordered it that it came."""
    report = Report.objects.select_related("responsible__membership").get(pk=event.report_id)
    if report.issued_at < clock.now() - ANNOUNCED_WITHIN:
        return
    about = ("results.report", report.pk)
    if released(Report.objects.filter(pk=report.pk)).exists():
        path = reverse("results:own_result", args=[report.pk])
        notify(
            actor=Actor.system(event.organization_id, "results"),
            patient_id=report.patient_id,
            template="result.ready",
            context={"link": f"{settings.PUBLIC_URL}{path}"},
            about=about,
            key=f"result:{event.event_id}",
        )
    if report.responsible is not None and not report.is_critical:
        _tell_practitioner(report.responsible, report, key=f"result:{event.event_id}")


@subscriber(ResultHandedOver)
def tell_of_handover(event: ResultHandedOver) -> None:
    """Tell who answers for a result from now on."""
    practitioner = Practitioner.objects.select_related("membership").get(pk=event.practitioner_id)
    report = Report.objects.get(pk=event.report_id)
    _tell_practitioner(practitioner, report, key=f"result-over:{event.event_id}")


def _tell_practitioner(practitioner: Practitioner, report: Report, *, key: str) -> None:
    tell_users(
        organization_id=report.organization_id,
        user_ids=[practitioner.membership.user_id],
        kind=StaffNotice.Kind.OTHER.value,
        about=("results.report", report.pk),
        path=reverse("results:report", args=[report.pk]),
        key=key,
    )


@subscriber(CriticalResultFiled)
def tell_of_critical_result(event: CriticalResultFiled) -> None:
    """Tell of a critical value as its ladder says, unless somebody has taken it since."""
    critical = CriticalResult.objects.select_related("report__responsible__membership").get(
        pk=event.critical_id
    )
    if critical.closed_at is not None:
        return
    about, path = ("results.criticalresult", critical.pk), reverse("results:critical", args=[critical.pk])
    key, organization_id = f"critical:{critical.pk}:{event.step}", event.organization_id
    responsible, roles = critical.report.responsible, TOLD_AT_STEP[LADDER[event.step].whom]
    kind = StaffNotice.Kind.OTHER.value
    if responsible is not None:
        user_id = responsible.membership.user_id
        tell_users(
            organization_id=organization_id, user_ids=[user_id], kind=kind, about=about, path=path, key=key
        )
        notify(
            actor=Actor.system(organization_id, "results"),
            user_id=user_id,
            template="staff.urgent",
            context={"link": f"{settings.PUBLIC_URL}{path}"},
            about=about,
            key=key,
        )
    roles = roles or (() if responsible is not None else TOLD_AT_STEP[Whom.CLINICIANS])
    if roles:
        tell_roles(
            organization_id=organization_id,
            roles=roles,
            kind=kind,
            about=about,
            path=path,
            key=f"{key}:roles",
        )


@subscriber(MessageWaits)
def tell_of_waiting_message(event: MessageWaits) -> None:
    """Tell the navigators and nurses that a laboratory's message could not be filed."""
    tell_roles(
        organization_id=event.organization_id,
        roles=[Role.NAVIGATOR, Role.NURSE],
        kind=StaffNotice.Kind.OTHER.value,
        about=("results.incomingmessage", event.message_id),
        path=reverse("results:message", args=[event.message_id]),
        key=f"message-waits:{event.message_id}",
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


@subscriber(VisitEnded)
def count_on_case(event: VisitEnded) -> None:
    """Count the minutes of a visit that was opened from a case."""
    visit = Visit.objects.get(pk=event.visit_id)
    if visit.appointment_id is not None and visit.started_at is not None:
        count_visit(
            organization_id=event.organization_id,
            appointment_id=visit.appointment_id,
            starts_at=visit.started_at,
            ends_at=event.ended_at,
        )
