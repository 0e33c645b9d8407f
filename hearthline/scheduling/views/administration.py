"""A clinic's administration of its services, hours and exceptions."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from hearthline.foundation import clock
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import Role
from hearthline.scheduling.administration_forms import ExceptionForm, HoursForm, ServiceForm
from hearthline.scheduling.free_times import read_id
from hearthline.scheduling.models import Appointment, AvailabilityException, AvailabilityRule, Service
from hearthline.scheduling.rules.states import ACTIVE
from hearthline.scheduling.services import setup

PAGE_LENGTH = 25
MAXIMUM_AFFECTED = 50


def _go(name: str) -> HttpResponse:
    return HttpResponseRedirect(reverse(f"scheduling:{name}"), status=303)


def _render(
    request: HearthlineRequest, template: str, context: dict[str, Any], *, refused: bool
) -> HttpResponse:
    context = {"audience": "staff", **context}
    return render(
        request, f"scheduling/administration/{template}.html", context, status=422 if refused else 200
    )


@requires(Role.ADMINISTRATOR)
@require_http_methods(["GET"])
def services(request: HearthlineRequest) -> HttpResponse:
    """What can be booked."""
    page = Paginator(Service.objects.order_by("position", "id"), PAGE_LENGTH).get_page(
        request.GET.get("page")
    )
    return _render(request, "services", {"page_obj": page}, refused=False)


@requires(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def service(request: HearthlineRequest, service_id: UUID | None = None) -> HttpResponse:
    """Add or change a service."""
    found = get_object_or_404(Service, pk=service_id) if service_id else None
    form = ServiceForm(request.POST if request.method == "POST" else None, instance=found)
    if form.is_bound and form.is_valid():
        setup.save_service(
            request.actor,
            service=form.save(commit=False),
            names=form.get_texts("name"),
            instructions=form.get_texts("instruction"),
            red_flags=form.cleaned_data["flags"],
            practitioners=form.cleaned_data["practitioners"],
        )
        return _go("services")
    return _render(request, "service", {"form": form, "service": found}, refused=form.is_bound)


@requires(Role.ADMINISTRATOR)
@require_http_methods(["GET"])
def hours(request: HearthlineRequest) -> HttpResponse:
    """The lines of hours, and the exceptions to come."""
    rules = AvailabilityRule.objects.select_related("practitioner", "site", "service").order_by(
        "practitioner__family_name", "practitioner_id", "weekday", "starts", "id"
    )
    wished = read_id(request.GET.get("practitioner"))
    if wished is not None:
        rules = rules.filter(practitioner_id=wished)
    exceptions = AvailabilityException.objects.select_related("practitioner", "site")
    exceptions = exceptions.filter(ends_at__gt=clock.now()).order_by("starts_at", "id")
    context = {
        "page_obj": Paginator(rules, PAGE_LENGTH).get_page(request.GET.get("page")),
        "exceptions": Paginator(exceptions, PAGE_LENGTH).get_page(request.GET.get("exceptions")),
        "zone": request.organization.zone,  # type: ignore[attr-defined]
        "practitioner_id": wished,
    }
    return _render(request, "hours", context, refused=False)


@requires(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def hours_add(request: HearthlineRequest) -> HttpResponse:
    """Add a line of hours."""
    today = clock.now().date()
    form = HoursForm(request.POST if request.method == "POST" else None, initial={"valid_from": today})
    if form.is_bound and form.is_valid():
        setup.add_hours(request.actor, rule=form.save(commit=False))
        return _go("hours")
    return _render(request, "hours_add", {"form": form}, refused=form.is_bound)


@requires(Role.ADMINISTRATOR)
@require_POST
def hours_remove(request: HearthlineRequest, rule_id: UUID) -> HttpResponse:
    """Remove a line of hours."""
    setup.remove(request.actor, row=get_object_or_404(AvailabilityRule, pk=rule_id))
    return _go("hours")


@requires(Role.ADMINISTRATOR)
@require_http_methods(["GET", "POST"])
def exception_add(request: HearthlineRequest) -> HttpResponse:
    """Close or open a stretch of time; bookings that lie in it are listed afterwards."""
    zone = request.organization.zone  # type: ignore[attr-defined]
    form = ExceptionForm(request.POST if request.method == "POST" else None, zone=zone)
    if form.is_bound and form.is_valid():
        added = setup.add_exception(request.actor, exception=form.save(commit=False))
        return HttpResponseRedirect(reverse("scheduling:exception", args=[added.pk]), status=303)
    return _render(request, "exception_add", {"form": form, "zone": zone}, refused=form.is_bound)


@requires(Role.ADMINISTRATOR)
@require_http_methods(["GET"])
def exception(request: HearthlineRequest, exception_id: UUID) -> HttpResponse:
    """One exception and the bookings in it: each is moved or cancelled by a person."""
    found = get_object_or_404(
        AvailabilityException.objects.select_related("practitioner", "site"), pk=exception_id
    )
    rows = Appointment.objects.filter(
        status__in=sorted(one.value for one in ACTIVE),
        patient__isnull=False,
        starts_at__lt=found.ends_at,
        ends_at__gt=found.starts_at,
    ).exclude(status="held")
    if found.practitioner_id:
        rows = rows.filter(practitioner_id=found.practitioner_id)
    if found.site_id:
        rows = rows.filter(site_id=found.site_id)
    affected = rows.select_related("patient", "practitioner").order_by("starts_at", "id")[:MAXIMUM_AFFECTED]
    is_closed = found.kind == AvailabilityException.Kind.CLOSED
    context = {"exception": found, "affected": affected if is_closed else []}
    context["zone"] = found.site.zone if found.site else request.organization.zone  # type: ignore[attr-defined]
    return _render(request, "exception", context, refused=False)


@requires(Role.ADMINISTRATOR)
@require_POST
def exception_remove(request: HearthlineRequest, exception_id: UUID) -> HttpResponse:
    """Remove an exception."""
    setup.remove(request.actor, row=get_object_or_404(AvailabilityException, pk=exception_id))
    return _go("hours")
