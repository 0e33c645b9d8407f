"""``/demo/devices/``: plays a device of the demo through a real door, so that one can watch what comes of it."""

from datetime import timedelta
from typing import Any

import httpx
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from hearthline.demo.homes import doors
from hearthline.demo.homes.bodies import Value
from hearthline.demo.homes.living import SLUG
from hearthline.foundation import clock
from hearthline.identity.policy import public
from hearthline.monitoring.readings.models import Device, DeviceAssignment
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

PAGE_SIZE = 20
# For each kind of device: ordinary, and severe (where the shipped rules alert).
PRESETS: dict[str, dict[str, dict[str, float]]] = {
    Device.Kind.CUFF: {
        "ordinary": {"systolic": 128, "diastolic": 78, "pulse": 70},
        "severe": {"systolic": 194, "diastolic": 124, "pulse": 96},
    },
    Device.Kind.SCALE: {"ordinary": {"weight": 82.0}, "severe": {"weight": 86.2}},
    Device.Kind.OXIMETER: {
        "ordinary": {"oxygen-saturation": 96, "pulse": 74},
        "severe": {"oxygen-saturation": 87, "pulse": 112},
    },
    Device.Kind.CGM: {"ordinary": {"glucose": 118}, "severe": {"glucose": 40}},
}
# How far apart and how often a severe value comes: rules of cuffs and clips ask for a repeat, that of sensors for a run.
REPEATS = {
    Device.Kind.CUFF: (timedelta(minutes=1), 2),
    Device.Kind.SCALE: (timedelta(0), 1),
    Device.Kind.OXIMETER: (timedelta(minutes=1), 2),
    Device.Kind.CGM: (timedelta(minutes=5), 5),
}
SENDERS = {
    "compact": doors.send_compact,
    "fhir": doors.send_fhir,
    "nightscout": doors.send_nightscout,
}


class BenchForm(forms.Form):
    """What is played."""

    serial = forms.CharField(label=_("Serial number"), max_length=64)
    reading = forms.ChoiceField(
        label=_("Reading"), choices=[("ordinary", _("Ordinary")), ("severe", _("Severe"))]
    )
    door = forms.ChoiceField(
        label=_("Door"),
        choices=[
            ("compact", _("Gateway (compact)")),
            ("fhir", _("Gateway (FHIR)")),
            ("nightscout", _("Sensor uploader (Nightscout)")),
        ],
    )


@require_http_methods(["GET", "POST"])
@public
def bench(request: HttpRequest) -> HttpResponse:
    """List the devices that are lent, and send a reading of one of them."""
    organization = Organization.objects.get(slug=SLUG)
    form = BenchForm(request.POST if request.method == "POST" else None, initial={"serial": "HL0600"})
    sent, error = None, ""
    if form.is_bound and form.is_valid():
        try:
            sent = _play(organization, form.cleaned_data)
        except (httpx.TransportError, doors.NotPreparedError):
            error = gettext("The edge for readings does not answer yet. Try again in a minute.")
        if sent is None and not error:
            form.add_error("serial", _("No such device is lent, or this door is not for its kind."))
    with acting_in(organization.id):
        lent = DeviceAssignment.objects.filter(ends_at=None, device__kind__in=list(PRESETS))
        rows = lent.select_related("device", "monitored__patient").order_by("device__identifier")
        page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
        context = {"audience": "plain", "form": form, "page": page, "sent": sent, "error": error}
        context["withings_url"] = settings.WITHINGS_API_URL
        return render(request, "demo/devices.html", context, status=422 if form.errors else 200)


def _play(organization: Organization, wanted: dict[str, Any]) -> doors.Sent | None:
    with acting_in(organization.id):
        device = Device.objects.filter(
            identifier=wanted["serial"], assignments__ends_at=None, kind__in=list(PRESETS)
        ).first()
    if device is None or (wanted["door"] == "nightscout" and device.kind != Device.Kind.CGM):
        return None
    values = _values(device, wanted["reading"])
    return SENDERS[wanted["door"]](organization.id, device, values)


def _values(device: Device, reading: str) -> list[Value]:
    """Return one measurement of now; a severe one with the repeats that its rule waits for."""
    now = clock.now().replace(microsecond=0)
    step, count = REPEATS[Device.Kind(device.kind)] if reading == "severe" else (timedelta(0), 1)
    return [(now - step * number, PRESETS[device.kind][reading]) for number in reversed(range(count))]
