"""Administrators: practitioners with their licences, and consent texts with their reviews."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.directory import access, admin_forms, places, rules, services
from hearthline.directory.models import ConsentKind, ConsentText, Licence, Practitioner
from hearthline.directory.rules import LicenceState
from hearthline.directory.views.shared import accepts, form_page, get_or_404, page_of, posted, see_other
from hearthline.identity.models import Membership
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import CARE_TEAM_ROLES, CLINICIAN_ROLES, STAFF_ROLES, Role

STAFF = {"audience": "staff"}
STATE_WORDS = {
    LicenceState.VALID: (gettext_lazy("Valid"), "ok"),
    LicenceState.EXPIRING: (gettext_lazy("Expires soon"), "watch"),
    LicenceState.EXPIRED: (gettext_lazy("Expired"), "urgent"),
    LicenceState.NOT_YET: (gettext_lazy("Not valid yet"), "watch"),
    LicenceState.NOT_ACTIVE: (gettext_lazy("Not active"), "watch"),
}


def licence_rows(practitioner: Practitioner) -> list[dict[str, Any]]:
    """Return a practitioner's licences with what each is worth today, in words."""
    today = access.today_in(practitioner.organization_id)
    rows = []
    for licence in practitioner.licences.all():
        state = rules.licence_state(licence, today)
        words, kind = STATE_WORDS[state]
        place = places.jurisdiction_name(licence.jurisdiction)
        rows.append({"licence": licence, "place": place, "words": words, "kind": kind})
    return rows


@require_GET
@requires(Role.ADMINISTRATOR)
def practitioners(request: HearthlineRequest) -> HttpResponse:
    """List practitioners with the state of their licences, and staff who are none yet."""
    own = Practitioner.objects.filter(organization_id=request.actor.organization_id)
    page = page_of(request, own.prefetch_related("licences").order_by("-is_active", "family_name", "id"))
    rows = [{"practitioner": one, "licences": licence_rows(one)} for one in page]
    names = [role.value for role in CLINICIAN_ROLES]
    waiting = Membership.objects.filter(
        organization_id=request.actor.organization_id,
        is_active=True,
        roles__overlap=names,
        practitioner__isnull=True,
    ).select_related("user")
    context = {**STAFF, "page": page, "rows": rows, "waiting": waiting[:50]}
    return render(request, "directory/administration/practitioners.html", context)


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def add_practitioner(request: HearthlineRequest, membership_id: UUID) -> HttpResponse:
    """Make a member of the staff known to patients."""
    members = Membership.objects.filter(
        is_active=True, practitioner__isnull=True, roles__overlap=[role.value for role in STAFF_ROLES]
    )
    member: Membership = get_or_404(members.select_related("user"), membership_id, request.actor)
    given, _space, family = member.user.name.rpartition(" ")
    form = admin_forms.PractitionerForm(
        posted(request), initial={"given_names": given, "family_name": family}
    )
    made: list[Practitioner] = []
    if form.is_bound and accepts(form, lambda: made.append(_save(request, form, membership=member))):
        return see_other(reverse("directory:practitioner", args=[made[0].pk]))
    back = reverse("directory:practitioners")
    return form_page(request, form, **STAFF, heading=_("New practitioner"), back=back)


def _save(request: HearthlineRequest, form: admin_forms.PractitionerForm, **target: Any) -> Practitioner:
    values = dict(form.cleaned_data)
    languages = values.pop("languages")
    return services.save_practitioner(actor=request.actor, values=values, languages=languages, **target)


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def practitioner(request: HearthlineRequest, practitioner_id: UUID) -> HttpResponse:
    """Show and change a practitioner, with the licences."""
    found = access.get_practitioner_for(request.actor, practitioner_id)
    start = {
        name: getattr(found, name) for name in admin_forms.PractitionerForm.base_fields if name != "languages"
    }
    start["languages"] = list(found.languages.values_list("language", flat=True))
    form = admin_forms.PractitionerForm(posted(request), initial=start)
    if form.is_bound and accepts(form, lambda: _save(request, form, practitioner=found)):
        messages.success(request, _("Saved."))
        return see_other(reverse("directory:practitioner", args=[found.pk]))
    context = {**STAFF, "practitioner": found, "licences": licence_rows(found)}
    return form_page(request, form, "directory/administration/practitioner.html", **context)


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def licence(
    request: HearthlineRequest, practitioner_id: UUID, licence_id: UUID | None = None
) -> HttpResponse:
    """Add a licence, or say what has become of it."""
    holder = access.get_practitioner_for(request.actor, practitioner_id)
    found: Licence | None = None
    if licence_id is not None:
        found = get_or_404(Licence.objects.filter(practitioner=holder), licence_id, request.actor)
    start = (
        {} if found is None else {name: getattr(found, name) for name in admin_forms.LicenceForm.base_fields}
    )
    form = admin_forms.LicenceForm(posted(request), initial=start)
    back = reverse("directory:practitioner", args=[holder.pk])

    def save() -> None:
        services.save_licence(
            actor=request.actor, practitioner=holder, licence=found, values=form.cleaned_data
        )

    if form.is_bound and accepts(form, save):
        messages.success(request, _("Saved."))
        return see_other(back)
    heading = _("Add a licence") if found is None else _("Change the licence")
    return form_page(request, form, **STAFF, heading=heading, intro=holder.full_name, back=back)


@require_GET
@requires(*CARE_TEAM_ROLES)
def own_licences(request: HearthlineRequest) -> HttpResponse:
    """Show the care team their photo and what is noted of their licences: an error is found before a booking fails."""
    found = access.practitioner_of(request.actor)
    licences = licence_rows(found) if found is not None else []
    context = {**STAFF, "practitioner": found, "licences": licences}
    return render(request, "directory/own_licences.html", context)


@require_GET
@requires(Role.ADMINISTRATOR)
def consent_texts(request: HearthlineRequest) -> HttpResponse:
    """List the newest text of each kind and language."""
    texts = ConsentText.objects.filter(organization_id=request.actor.organization_id)
    page = page_of(request, texts.order_by("kind", "language", "-version").distinct("kind", "language"))
    rows = [
        {
            "label": text.title,
            "url": reverse("directory:consent_text", args=[text.pk]),
            "hint": f"{ConsentKind(text.kind).label} · {text.get_language_display()} · {text.version}",
            "tag": _("Reviewed") if text.is_reviewed else _("Needs review"),
            "kind": "ok" if text.is_reviewed else "watch",
        }
        for text in page
    ]
    context = {
        **STAFF,
        "page": page,
        "rows": rows,
        "heading": _("Consent texts"),
        "intro": _(
            "Outside the demo, people are only asked to agree to texts that a qualified person reviewed."
        ),
        "add": reverse("directory:write_consent_text"),
        "add_text": _("Write a text"),
        "back": reverse("directory:administration"),
    }
    return render(request, "directory/administration/list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def write_consent_text(request: HearthlineRequest, text_id: UUID | None = None) -> HttpResponse:
    """Write a text, or the next version of one."""
    start = {}
    if text_id is not None:
        found = get_or_404(ConsentText.objects.all(), text_id, request.actor)
        start = {name: getattr(found, name) for name in admin_forms.ConsentTextForm.base_fields}
    form = admin_forms.ConsentTextForm(posted(request), initial=start)
    made: list[ConsentText] = []
    if form.is_bound and accepts(
        form,
        lambda: made.append(services.write_consent_text(actor=request.actor, **form.cleaned_data)),
    ):
        return see_other(reverse("directory:consent_text", args=[made[0].pk]))
    return form_page(
        request,
        form,
        **STAFF,
        heading=_("Write a text"),
        intro=_("Publishing makes a new version. Who agreed to an earlier one is asked again."),
        submit=_("Publish"),
        back=reverse("directory:consent_texts"),
    )


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def consent_text(request: HearthlineRequest, text_id: UUID) -> HttpResponse:
    """Read a text as people see it, and note its review."""
    text: ConsentText = get_or_404(ConsentText.objects.all(), text_id, request.actor)
    form = admin_forms.ReviewForm(posted(request))

    def review() -> None:
        services.review_consent_text(actor=request.actor, text=text, **form.cleaned_data)

    if form.is_bound and accepts(form, review):
        messages.success(request, _("The review is noted."))
        return see_other(reverse("directory:consent_text", args=[text.pk]))
    return form_page(request, form, "directory/administration/consent_text.html", **STAFF, text=text)
