"""Staff: caregivers, consents, the account and who cares for a patient."""

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hearthline.directory import access, forms, queries, services
from hearthline.directory.access import REGISTRAR_ROLES, Purpose, get_patient_for
from hearthline.directory.models import CareTeam, ConsentKind, Patient, Practitioner
from hearthline.directory.views.shared import (
    accepts,
    form_page,
    organization_of,
    posted,
    see_other,
)
from hearthline.identity.policy import HearthlineRequest, requires

STAFF = {"audience": "staff"}
CAREGIVER_FIELDS = ("relationship", "may_book", "may_join_visits", "may_message", "may_see_record", "ends_on")


def _back(patient: Patient) -> str:
    return reverse("directory:patient", args=[patient.pk])


def _one(rows: Any, row_id: UUID) -> Any:
    found = rows.filter(pk=row_id).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@requires(*REGISTRAR_ROLES)
def add_caregiver(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Let somebody act for the patient, by the patient's word, as a parent or by a document."""
    patient = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    form = forms.StaffCaregiverForm(posted(request), actor=request.actor)
    if form.is_bound and accepts(form, lambda: invite(request, patient, form)):
        messages.success(request, _("The caregiver is invited by e-mail."))
        return see_other(_back(patient))
    return form_page(
        request, form, **STAFF, patient=patient, heading=_("Add a caregiver"), back=_back(patient)
    )


def invite(request: HearthlineRequest, patient: Patient, form: forms.CaregiverForm) -> None:
    """Add the caregiver that a form describes and send the invitation."""
    cleaned = form.cleaned_data
    values = {name: cleaned[name] for name in CAREGIVER_FIELDS}
    values["starts_on"] = access.today_in(patient.organization_id)
    values["source"] = cleaned.get("source", "patient")
    services.invite_caregiver(
        actor=request.actor, patient=patient, name=cleaned["name"], email=cleaned["email"], values=values
    )


@require_POST
@requires(*REGISTRAR_ROLES)
def end_caregiver(request: HearthlineRequest, patient_id: UUID, caregiver_id: UUID) -> HttpResponse:
    """End a caregiver's leave to act."""
    patient = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    services.end_caregiver(actor=request.actor, caregiver=_one(patient.caregivers, caregiver_id))
    messages.success(request, _("The caregiver can no longer act for the patient."))
    return see_other(_back(patient))


@require_http_methods(["GET", "POST"])
@requires(*REGISTRAR_ROLES)
def add_consent(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Note agreement that was spoken or signed on paper."""
    patient = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    organization_id = request.actor.organization_id
    texts = {
        kind: queries.current_consent_text(organization_id, kind, patient.page_language)
        for kind in ConsentKind.values
    }
    form = forms.SpokenConsentForm(
        posted(request), actor=request.actor, initial={"signer_name": patient.full_name}
    )
    form.fields["kind"].choices = [  # type: ignore[attr-defined]
        (kind, ConsentKind(kind).label) for kind, text in texts.items() if text is not None
    ]

    def give() -> None:
        cleaned = dict(form.cleaned_data)
        text = texts[cleaned.pop("kind")]
        if text is not None:
            services.give_consent(actor=request.actor, patient=patient, text=text, **cleaned)

    if form.is_bound and accepts(form, give):
        return see_other(_back(patient))
    return form_page(
        request,
        form,
        **STAFF,
        patient=patient,
        heading=_("Note a consent"),
        intro=_("Read the text to the person first, in their language."),
        back=_back(patient),
    )


@require_POST
@requires(*REGISTRAR_ROLES)
def withdraw_consent(request: HearthlineRequest, patient_id: UUID, consent_id: UUID) -> HttpResponse:
    """Note that the person took an agreement back."""
    patient = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    services.withdraw_consent(actor=request.actor, consent=_one(patient.consents, consent_id))
    return see_other(_back(patient))


@require_http_methods(["GET", "POST"])
@requires(*REGISTRAR_ROLES)
def add_care(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Give the patient a practitioner or a team."""
    patient = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    people = Practitioner.objects.filter(organization_id=request.actor.organization_id, is_active=True)
    teams = CareTeam.objects.filter(organization_id=request.actor.organization_id, is_active=True)
    by_key: dict[str, dict[str, Any]] = {f"p{one.pk}": {"practitioner": one} for one in people}
    by_key |= {f"t{one.pk}": {"team": one} for one in teams}
    form = forms.CareForm(posted(request), actor=request.actor)
    form.fields["by"].choices = [  # type: ignore[attr-defined]
        *[(f"p{one.pk}", one.full_name) for one in people],
        *[(f"t{one.pk}", one.name) for one in teams],
    ]
    zone = ZoneInfo(organization_of(request.actor).zone)

    def add() -> None:
        cleaned = form.cleaned_data
        last = cleaned["ends_on"]
        ends_at = datetime.combine(last, time.max, tzinfo=zone).astimezone(UTC) if last else None
        services.add_care_relationship(
            actor=request.actor,
            patient=patient,
            kind=cleaned["kind"],
            ends_at=ends_at,
            **by_key[cleaned["by"]],
        )

    if form.is_bound and accepts(form, add):
        return see_other(_back(patient))
    return form_page(
        request, form, **STAFF, patient=patient, heading=_("Add to the care team"), back=_back(patient)
    )


@require_POST
@requires(*REGISTRAR_ROLES)
def end_care(request: HearthlineRequest, patient_id: UUID, relationship_id: UUID) -> HttpResponse:
    """End a care relationship; the access it gave ends with it."""
    patient = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    relationship = _one(patient.care_relationships, relationship_id)
    services.end_care_relationship(actor=request.actor, relationship=relationship)
    return see_other(_back(patient))


@require_POST
@requires(*REGISTRAR_ROLES)
def end_account(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """End the link of an account to this record."""
    patient = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    account = queries.patient_account_of(patient)
    if account is None:
        raise Http404
    services.unlink_account(actor=request.actor, account=account)
    messages.success(request, _("The account no longer opens this record."))
    return see_other(_back(patient))


@require_POST
@requires(*REGISTRAR_ROLES)
def invite_account(request: HearthlineRequest, patient_id: UUID) -> HttpResponse:
    """Send the patient an invitation to make an account, to the e-mail address on the record."""
    patient = get_patient_for(request.actor, patient_id, Purpose.DEMOGRAPHICS)
    refusal = services.invite_patient(actor=request.actor, patient=patient)
    if refusal:
        messages.error(request, refusal)
    else:
        messages.success(request, _("The invitation is on its way to the patient."))
    return see_other(_back(patient))
