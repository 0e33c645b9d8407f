"""The patient's own pages: who I am, how to reach me, who helps me, what I agreed to. They work without script."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.audit.services import record
from hearthline.directory import access, forms, queries, services
from hearthline.directory.access import Purpose, get_patient_for, own_patient
from hearthline.directory.models import Consent, ConsentKind, ConsentText, Patient
from hearthline.directory.views.care import invite
from hearthline.directory.views.shared import (
    accepts,
    form_page,
    organization_of,
    posted,
    see_other,
)
from hearthline.directory.views.staff import Section, saving, section_of, section_values
from hearthline.identity.policy import HearthlineRequest, patient_page
from hearthline.identity.roles import Role

SECTIONS: dict[str, Section] = {
    "contact": (forms.OwnContactForm, gettext_lazy("How to reach you")),
    "needs": (forms.OwnNeedsForm, gettext_lazy("Your name and languages")),
    "access": (forms.OwnAccessForm, gettext_lazy("What helps you")),
    "emergency-contact": (forms.EmergencyContactForm, gettext_lazy("Whom to call in an emergency")),
    "safe-contact": (forms.SafeContactForm, gettext_lazy("Safe contact")),
}
ASKED_CONSENTS = (ConsentKind.TELEHEALTH, ConsentKind.TEXT_MESSAGES, ConsentKind.SHARING, ConsentKind.PHOTOS)


def _patients(request: HearthlineRequest) -> list[Patient]:
    return list(access.patients_for(request.actor, Purpose.DEMOGRAPHICS)[:50])


def _deciding(request: HearthlineRequest, patient_id: UUID) -> Patient:
    """Return a patient whose own word the actor may give; to others the page does not exist."""
    patient = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    if not access.may_decide_for(request.actor, patient):
        raise Http404
    return patient


def _profile_url(patient: Patient) -> str:
    return reverse("directory:profile_of", args=[patient.pk])


@require_http_methods(["GET", "POST"])
@patient_page
def about_you(request: HearthlineRequest) -> HttpResponse:
    """Ask a new person who they are. The answer is the same whether or not a record resembles theirs."""
    if own_patient(request.actor) is not None:
        return redirect("directory:profile")
    organization = organization_of(request.actor)
    given, _space, family = request.actor.name.rpartition(" ")
    start = {
        "given_names": given,
        "family_name": family,
        "zone": organization.zone,
        "language": request.LANGUAGE_CODE,
    }
    form = forms.OwnRegistrationForm(posted(request), actor=request.actor, initial=start)
    if form.is_bound and accepts(
        form, lambda: services.register_self(actor=request.actor, values=form.cleaned_data)
    ):
        messages.success(request, _("Welcome. You can book a visit now."))
        return see_other(_next_of(request))
    return form_page(
        request,
        form,
        heading=_("About you"),
        intro=_("So that we care for the right person, and can call you back."),
        submit=_("Continue"),
    )


def _next_of(request: HearthlineRequest) -> str:
    """Return the page of ours that the person was sent from (a booking under way), else the start."""
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and wanted.startswith("/") else "/"


@require_GET
@patient_page
def profile(request: HearthlineRequest) -> HttpResponse:
    """Send a person to their own profile, or to whom they care for."""
    mine = own_patient(request.actor)
    if mine is not None:
        return redirect("directory:profile_of", mine.pk)
    cared_for = _patients(request)
    if not cared_for and request.actor.has_role(Role.PATIENT):
        return redirect("directory:about_you")
    return render(request, "directory/cared_for.html", {"patients": cared_for})


@require_GET
@patient_page
def profile_of(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show what the clinic knows of the person, with a way to change it."""
    patient = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    record(request.actor, "demographics.read", patient, patient_id=patient.id)
    may_decide = access.may_decide_for(request.actor, patient)
    own_caring = [
        one
        for one in patient.caregivers.all()
        if one.user_id == request.actor.user_id and one.ended_at is None
    ]
    context = {
        "patient": patient,
        "may_decide": may_decide,
        "contact": queries.contact_rules_of(patient),
        "caregivers": [one for one in patient.caregivers.all() if one.ended_at is None] if may_decide else [],
        "own_caring": next(iter(own_caring), None),
        "consents": patient.consents.select_related("text") if may_decide else [],
        "others": [one for one in _patients(request) if one.pk != patient.pk],
    }
    return render(request, "directory/profile.html", context)


@require_http_methods(["GET", "POST"])
@patient_page
def edit(request: HearthlineRequest, patient_id: UUID, section: str) -> HttpResponse:
    """Change one section of the profile."""
    patient = _deciding(request, patient_id)
    form_class, heading = section_of(SECTIONS, section)
    form = form_class(posted(request), actor=request.actor, initial=section_values(patient, form_class))
    if form.is_bound and accepts(form, saving(request, patient, section, form)):
        messages.success(request, _("Saved."))
        return see_other(_profile_url(patient))
    return form_page(request, form, heading=heading, back=_profile_url(patient))


@require_http_methods(["GET", "POST"])
@patient_page
def add_caregiver(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Let somebody help: their own account, the things chosen, until the day chosen."""
    patient = _deciding(request, patient_id)
    form = forms.CaregiverForm(posted(request), actor=request.actor)
    if form.is_bound and accepts(form, lambda: invite(request, patient, form)):
        messages.success(request, _("We sent an invitation. You can end this at any time."))
        return see_other(_profile_url(patient))
    return form_page(
        request,
        form,
        heading=_("Let somebody help you"),
        intro=_("You choose what this person may do. You can end it at any time."),
        submit=_("Send the invitation"),
        back=_profile_url(patient),
    )


@require_POST
@patient_page
def end_caregiver(request: HearthlineRequest, patient_id: UUID, caregiver_id: UUID) -> HttpResponse:
    """End a caregiver's leave to act: the patient, who decides for them, or the caregiver."""
    patient = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    caregiver = patient.caregivers.filter(pk=caregiver_id).first()
    is_own = caregiver is not None and caregiver.user_id == request.actor.user_id
    if caregiver is None or not (is_own or access.may_decide_for(request.actor, patient)):
        raise Http404
    services.end_caregiver(actor=request.actor, caregiver=caregiver)
    messages.success(request, _("Done. This person can no longer act for you."))
    return see_other(reverse("directory:profile") if is_own else _profile_url(patient))


@require_GET
@patient_page
def consents(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Show what may be agreed to, what was, and the texts."""
    patient = _deciding(request, patient_id)
    organization_id = request.actor.organization_id
    rows: list[dict[str, Any]] = []
    for kind in ASKED_CONSENTS:
        text = queries.current_consent_text(organization_id, kind, request.LANGUAGE_CODE or "en")
        given = queries.consent_in_force(patient, kind)
        if text is not None or given is not None:
            rows.append({"label": kind.label, "text": text, "given": given})
    past = Consent.objects.filter(patient=patient, withdrawn_at__isnull=False).select_related("text")
    context = {"patient": patient, "rows": rows, "past": past[:50]}
    return render(request, "directory/consents.html", context)


@require_POST
@patient_page
def give_consent(request: HearthlineRequest, patient_id: UUID, text_id: UUID) -> HttpResponse:
    """Agree to a text that was shown."""
    patient = _deciding(request, patient_id)
    text = ConsentText.objects.filter(
        organization_id=request.actor.organization_id, pk=text_id, published_at__isnull=False
    ).first()
    if text is None or not services.is_usable(text):
        raise Http404
    services.give_consent(actor=request.actor, patient=patient, text=text)
    messages.success(request, _("Thank you. You can take this back at any time."))
    return see_other(reverse("directory:consents", args=[patient.pk]))


@require_POST
@patient_page
def withdraw_consent(request: HearthlineRequest, patient_id: UUID, consent_id: UUID) -> HttpResponse:
    """Take an agreement back."""
    patient = _deciding(request, patient_id)
    consent = patient.consents.filter(pk=consent_id).first()
    if consent is None:
        raise Http404
    services.withdraw_consent(actor=request.actor, consent=consent)
    messages.success(request, _("Your agreement ends now."))
    return see_other(reverse("directory:consents", args=[patient.pk]))
