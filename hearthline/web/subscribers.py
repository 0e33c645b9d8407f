"""Reactions that join two siblings: the chart and visits do not know of messages, and say only what happened."""

from django.conf import settings
from django.urls import reverse

from hearthline.charting.events import SummaryReleased
from hearthline.foundation.events import subscriber
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role
from hearthline.messaging.models import StaffNotice
from hearthline.messaging.notices import tell_roles, tell_users
from hearthline.messaging.services import notify
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
