"""Staff: find, register and look at a patient, and change what is known of them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.audit.services import record
from hearthline.directory import access, forms, queries, services
from hearthline.directory.access import REGISTRAR_ROLES, Purpose, get_patient_for
from hearthline.directory.models import DuplicateCandidate, Patient, SafeContact
from hearthline.directory.views.shared import (
    PAGE_SIZE,
    accepts,
    form_page,
    organization_of,
    posted,
    see_other,
)
from hearthline.identity.policy import HearthlineRequest, requires

MAX_RESULTS = 200
STAFF = {"audience": "staff"}

Section = tuple[type[forms.PatientForm], Any]
SECTIONS: dict[str, Section] = {
    "person": (forms.EditPersonForm, gettext_lazy("Name and birth date")),
    "contact": (forms.ContactForm, gettext_lazy("Contact")),
    "needs": (forms.NeedsForm, gettext_lazy("Languages and access")),
    "emergency-contact": (forms.EmergencyContactForm, gettext_lazy("Emergency contact")),
    "safe-contact": (forms.StaffSafeContactForm, gettext_lazy("Safe contact")),
}


@require_http_methods(["GET", "POST"])
@requires(*REGISTRAR_ROLES)
def search(request: HearthlineRequest) -> HttpResponse:
    """Find patients. What was searched is posted, and recorded as a digest: never in an address or a log."""
    form = forms.SearchForm(posted(request), actor=request.actor)
    context: dict[str, Any] = {
        **STAFF,
        "may_merge": access.may_merge_patients(request.actor),
        "open_duplicates": DuplicateCandidate.objects.filter(status=DuplicateCandidate.Status.OPEN).count(),
    }
    if form.is_valid():
        context |= _results(request, form)
    return form_page(request, form, "directory/search.html", **context)


def _results(request: HearthlineRequest, form: forms.SearchForm) -> dict[str, Any]:
    criteria = queries.SearchCriteria(**form.cleaned_data)
    organization_id = request.actor.organization_id
    record(
        request.actor, "patient.searched", ("search", criteria.digest(organization_id)), fields=criteria.used
    )
    found = queries.search_patients(request.actor, criteria)[:MAX_RESULTS]
    page = Paginator(found, PAGE_SIZE).get_page(request.POST.get("page", "1")[:6])
    reachable = access.patients_for(request.actor, Purpose.DEMOGRAPHICS)
    ids = [patient.pk for patient in page]
    return {
        "page": page,
        "reachable": set(reachable.filter(pk__in=ids).values_list("pk", flat=True)),
        "is_cut": page.paginator.count == MAX_RESULTS,
    }


@require_http_methods(["GET", "POST"])
@requires(*REGISTRAR_ROLES)
def register(request: HearthlineRequest) -> HttpResponse:
    """Make a record; when records resemble it, staff see how many there are to compare."""
    organization = organization_of(request.actor)
    start = {"zone": organization.zone, "language": organization.default_language}
    form = forms.RegistrationForm(posted(request), actor=request.actor, initial=start)
    made: list[Patient] = []
    if form.is_bound and accepts(
        form,
        lambda: made.append(services.register_patient(actor=request.actor, values=form.cleaned_data)),
    ):
        if queries.open_duplicates_of(made[0]).exists():
            messages.warning(request, _("Saved. A record like this exists already: please compare the two."))
        else:
            messages.success(request, _("The patient is registered."))
        return see_other(reverse("directory:patient", args=[made[0].pk]))
    return form_page(
        request,
        form,
        **STAFF,
        heading=_("Register a patient"),
        intro=_("Search first: the person may have a record already."),
        back=reverse("directory:search"),
    )


@require_GET
@requires(*REGISTRAR_ROLES)
def patient(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show who the patient is, how to reach them and who cares for them; reading is recorded."""
    found = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    record(request.actor, "demographics.read", found, patient_id=found.id)
    context = {
        **STAFF,
        "patient": found,
        "safe_contact": SafeContact.objects.filter(patient=found).first(),
        "account": queries.patient_account_of(found),
        "caregivers": found.caregivers.select_related("user"),
        "consents": found.consents.select_related("text"),
        "care": found.care_relationships.select_related("practitioner", "team"),
        "identifiers": found.identifiers.select_related("issuer"),
        "duplicates": queries.open_duplicates_of(found),
        "merges": queries.merges_of(found),
        "may_see_chart": request.actor.is_care_team and access.may_reach(request.actor, found),
        "may_merge": access.may_merge_patients(request.actor),
        "may_reset_second_factor": access.may_administer(request.actor),
        "today": access.today_in(request.actor.organization_id),
    }
    return render(request, "directory/patient.html", context)


@require_http_methods(["GET", "POST"])
@requires(*REGISTRAR_ROLES)
def edit(request: HearthlineRequest, patient_id: UUID, section: str) -> HttpResponse:
    """Change one section of what is known of the patient."""
    found = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    form_class, heading = section_of(SECTIONS, section)
    form = form_class(posted(request), actor=request.actor, initial=section_values(found, form_class))
    back = reverse("directory:patient", args=[found.pk])
    if form.is_bound and accepts(form, saving(request, found, section, form)):
        messages.success(request, _("Saved."))
        return see_other(back)
    return form_page(request, form, **STAFF, patient=found, heading=heading, back=back)


def section_of(sections: dict[str, Section], name: str) -> Section:
    """Return the form and heading of a section of the record."""
    if name not in sections:
        raise Http404
    return sections[name]


def section_values(found: Patient, form_class: type[forms.PatientForm]) -> dict[str, Any]:
    """Return what stands on the record now, for a form to start from."""
    if issubclass(form_class, forms.SafeContactForm):
        contact = SafeContact.objects.filter(patient=found).first() or SafeContact(patient=found)
        return {name: getattr(contact, name) for name in form_class.base_fields}
    lists = {
        "other_languages": list(found.other_languages.values_list("language", flat=True)),
        "access_needs": list(found.access_needs.values_list("kind", flat=True)),
    }
    return {name: lists[name] if name in lists else getattr(found, name) for name in form_class.base_fields}


def saving(
    request: HearthlineRequest, found: Patient, section: str, form: forms.PatientForm
) -> Callable[[], object]:
    """Return the service call that saves a section."""
    save = services.set_safe_contact if section == "safe-contact" else services.change_patient
    return lambda: save(actor=request.actor, patient=found, values=form.cleaned_data)


@require_POST
@requires(*REGISTRAR_ROLES)
def remove_identifier(request: HearthlineRequest, patient_id: UUID, identifier_id: UUID) -> HttpResponse:
    """Take a number off the record."""
    found = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    identifier = found.identifiers.filter(pk=identifier_id).first()
    if identifier is None:
        raise Http404
    services.remove_identifier(actor=request.actor, patient=found, identifier=identifier)
    return see_other(reverse("directory:patient", args=[found.pk]))


@require_http_methods(["GET", "POST"])
@requires(*REGISTRAR_ROLES)
def add_identifier(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Note a number of the patient."""
    found = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    form = forms.IdentifierForm(posted(request), actor=request.actor)
    back = reverse("directory:patient", args=[found.pk])
    if form.is_bound and accepts(
        form, lambda: services.add_identifier(actor=request.actor, patient=found, **form.cleaned_data)
    ):
        return see_other(back)
    return form_page(request, form, **STAFF, patient=found, heading=_("Add a number"), back=back)
