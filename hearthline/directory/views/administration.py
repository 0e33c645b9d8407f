"""Administrators: the organization, its sites, its policy, whose numbers it knows and its care teams."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hearthline.directory import access, admin_forms, places, services
from hearthline.directory.models import CareTeam, CareTeamMember, ConsentText, IdentifierIssuer, Practitioner
from hearthline.directory.views.shared import (
    accepts,
    form_page,
    get_or_404,
    organization_of,
    page_of,
    posted,
    see_other,
)
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import Role
from hearthline.tenancy.models import Site

STAFF = {"audience": "staff"}
HOME = "directory:administration"
LIST = "directory/administration/list.html"


@require_GET
@requires(Role.ADMINISTRATOR)
def home(request: HearthlineRequest) -> HttpResponse:
    """Show what has to be set up, what is missing, and where each thing is changed."""
    organization_id = request.actor.organization_id
    sites = Site.objects.filter(organization_id=organization_id, is_active=True).count()
    practitioners = Practitioner.objects.filter(organization_id=organization_id, is_active=True)
    licensed = practitioners.filter(licences__isnull=False).distinct().count()
    unreviewed = ConsentText.objects.filter(organization_id=organization_id, is_reviewed=False).count()
    tasks = [
        _task(_("Organization"), "directory:organization", is_done=True),
        _task(_("Sites"), "directory:sites", is_done=sites > 0),
        _task(_("Staff and invitations"), "identity:staff", is_done=practitioners.exists()),
        _task(
            _("Practitioners and licences"),
            "directory:practitioners",
            is_done=licensed > 0 and licensed == practitioners.count(),
        ),
        _task(_("Consent texts"), "directory:consent_texts", is_done=unreviewed == 0),
    ]
    return render(request, "directory/administration/home.html", {**STAFF, "tasks": tasks})


def _task(label: str, url_name: str, *, is_done: bool) -> dict[str, str]:
    state, kind = (_("Done"), "ok") if is_done else (_("To do"), "watch")
    return {"label": label, "url": reverse(url_name), "state": state, "kind": kind}


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def organization(request: HearthlineRequest) -> HttpResponse:
    """Change the organization's details and media policy."""
    found = organization_of(request.actor)
    start = {name: getattr(found, name) for name in admin_forms.OrganizationForm.base_fields}
    form = admin_forms.OrganizationForm(posted(request), initial=start)
    if form.is_bound and accepts(
        form, lambda: services.change_organization(actor=request.actor, values=form.cleaned_data)
    ):
        messages.success(request, _("Saved."))
        return see_other(reverse(HOME))
    return form_page(request, form, **STAFF, heading=_("Organization"), back=reverse(HOME))


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def policy(request: HearthlineRequest) -> HttpResponse:
    """Decide who may see whom."""
    form = admin_forms.PolicyForm(posted(request), instance=access.policy_for(request.actor.organization_id))
    if form.is_bound and accepts(
        form, lambda: services.save_policy(actor=request.actor, values=form.cleaned_data)
    ):
        messages.success(request, _("Saved."))
        return see_other(reverse(HOME))
    return form_page(
        request,
        form,
        **STAFF,
        heading=_("Who may see whom"),
        intro=_("Every look at a record is written to the audit, whoever may look."),
        back=reverse(HOME),
    )


def _list(request: HearthlineRequest, page: Any, rows: list[dict[str, Any]], **words: Any) -> HttpResponse:
    return render(request, LIST, {**STAFF, "page": page, "rows": rows, "back": reverse(HOME), **words})


@require_GET
@requires(Role.ADMINISTRATOR)
def sites(request: HearthlineRequest) -> HttpResponse:
    """List the sites."""
    page = page_of(request, Site.objects.filter(organization_id=request.actor.organization_id))
    rows = [
        {
            "label": site.name,
            "url": reverse("directory:site", args=[site.pk]),
            "hint": f"{places.jurisdiction_name(site.jurisdiction)} · {places.zone_name(site.zone)}",
            "tag": "" if site.is_active else _("Closed"),
        }
        for site in page
    ]
    return _list(
        request, page, rows, heading=_("Sites"), add=reverse("directory:add_site"), add_text=_("Add a site")
    )


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def site(request: HearthlineRequest, site_id: UUID | None = None) -> HttpResponse:
    """Add a site, or change one."""
    found = None if site_id is None else get_or_404(Site.objects.all(), site_id, request.actor)
    own = organization_of(request.actor)
    names = admin_forms.SiteForm.base_fields
    start = {name: getattr(found or own, name, True if name == "is_active" else "") for name in names}
    if found is None:
        start["name"] = ""
    form = admin_forms.SiteForm(posted(request), initial=start)
    if form.is_bound and accepts(
        form, lambda: services.save_site(actor=request.actor, site=found, values=form.cleaned_data)
    ):
        return see_other(reverse("directory:sites"))
    heading = _("Add a site") if found is None else found.name
    return form_page(request, form, **STAFF, heading=heading, back=reverse("directory:sites"))


@require_GET
@requires(Role.ADMINISTRATOR)
def issuers(request: HearthlineRequest) -> HttpResponse:
    """List whose numbers the organization notes."""
    page = page_of(request, IdentifierIssuer.objects.filter(organization_id=request.actor.organization_id))
    rows = [
        {
            "label": issuer.name,
            "url": reverse("directory:issuer", args=[issuer.pk]),
            "hint": issuer.get_kind_display(),
            "tag": "" if issuer.is_active else _("Not in use"),
        }
        for issuer in page
    ]
    return _list(
        request,
        page,
        rows,
        heading=_("Numbers of patients"),
        add=reverse("directory:add_issuer"),
        add_text=_("Add a kind of number"),
    )


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def issuer(request: HearthlineRequest, issuer_id: UUID | None = None) -> HttpResponse:
    """Add a kind of number, or change one."""
    found = (
        None if issuer_id is None else get_or_404(IdentifierIssuer.objects.all(), issuer_id, request.actor)
    )
    start = (
        {} if found is None else {name: getattr(found, name) for name in admin_forms.IssuerForm.base_fields}
    )
    form = admin_forms.IssuerForm(posted(request), initial=start)
    if form.is_bound and accepts(
        form, lambda: services.save_issuer(actor=request.actor, issuer=found, values=form.cleaned_data)
    ):
        return see_other(reverse("directory:issuers"))
    heading = _("Add a kind of number") if found is None else found.name
    return form_page(request, form, **STAFF, heading=heading, back=reverse("directory:issuers"))


@require_GET
@requires(Role.ADMINISTRATOR)
def teams(request: HearthlineRequest) -> HttpResponse:
    """List the care teams."""
    page = page_of(request, CareTeam.objects.filter(organization_id=request.actor.organization_id))
    rows = [
        {
            "label": team.name,
            "url": reverse("directory:team", args=[team.pk]),
            "tag": "" if team.is_active else _("Not in use"),
        }
        for team in page
    ]
    return _list(
        request,
        page,
        rows,
        heading=_("Care teams"),
        add=reverse("directory:add_team"),
        add_text=_("Add a team"),
    )


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
def team(request: HearthlineRequest, team_id: UUID | None = None) -> HttpResponse:
    """Make a care team, rename it, choose its members."""
    actor = request.actor
    found = None if team_id is None else get_or_404(CareTeam.objects.all(), team_id, actor)
    start: dict[str, Any] = {}
    if found is not None:
        members = CareTeamMember.objects.filter(team=found, ended_at__isnull=True)
        start = {
            "name": found.name,
            "is_active": found.is_active,
            "members": list(members.values_list("practitioner_id", flat=True)),
        }
    practitioners = Practitioner.objects.filter(organization_id=actor.organization_id, is_active=True)
    form = admin_forms.TeamForm(posted(request), initial=start, practitioners=practitioners)

    def save() -> None:
        cleaned = form.cleaned_data
        saved = services.save_care_team(
            actor=actor, team=found, name=cleaned["name"], is_active=cleaned["is_active"]
        )
        services.set_care_team_members(actor=actor, team=saved, practitioners=list(cleaned["members"]))

    if form.is_bound and accepts(form, save):
        return see_other(reverse("directory:teams"))
    heading = _("Add a team") if found is None else found.name
    return form_page(request, form, **STAFF, heading=heading, back=reverse("directory:teams"))
