"""The organization's own version of a program: copied, changed part by part, approved by somebody else."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.identity.roles import CARE_TEAM_ROLES, CLINICIAN_ROLES, PRESCRIBER_ROLES
from hearthline.programs import access, drafts
from hearthline.programs.definitions import shipped_content
from hearthline.programs.draft_forms import (
    AboutForm,
    ApproveForm,
    EditionForm,
    PhaseForms,
    add_phase,
    move_phase,
    remove_phase,
)
from hearthline.programs.models import Program, ProgramDraft
from hearthline.programs.queries import differences

MOVES = {"up": -1, "down": 1}


@clinical(*CLINICIAN_ROLES)
@require_POST
def begin(request: HearthlineRequest, code: str) -> HttpResponse:
    """Copy the program in use (or the shipped one) into a draft."""
    used = Program.objects.filter(code=code, retired_at=None).first()
    content = used.content if used is not None else shipped_content().get(code)
    if content is None:
        raise Http404
    return _go(drafts.begin_draft(request.actor, content=content))


def _go(draft: ProgramDraft) -> HttpResponse:
    return HttpResponseRedirect(reverse("programs:draft", args=[draft.pk]), status=303)


@clinical(*CARE_TEAM_ROLES)
@require_GET
def draft(request: HearthlineRequest, draft_id: UUID) -> HttpResponse:
    """Show a draft: its phases, what differs from the version in use, and who may approve it."""
    return _page(request, access.get_draft_for(request.actor, draft_id))


def _page(request: HearthlineRequest, found: ProgramDraft, form: ApproveForm | None = None) -> HttpResponse:
    used = Program.objects.filter(code=found.code, retired_at=None).first()
    definition = found.definition
    may_adopt = access.may_adopt(request.actor)
    context = {
        "audience": "staff",
        "draft": found,
        "name": definition.name_in(get_language() or "en"),
        "definition": definition,
        "used": used,
        "differences": differences(used.definition if used else None, definition),
        "next_version": drafts.next_version(found.code, found.content["version"]),
        "may_write": access.may_write(request.actor),
        "may_adopt": may_adopt,
        "may_approve": may_adopt and access.may_approve(request.actor, found),
        "form": form or ApproveForm(initial={"edition": found.edition}),
    }
    return render(request, "programs/draft.html", context, status=422 if form else 200)


def _changed(
    request: HearthlineRequest, found: ProgramDraft, form: Any, change: Callable[[Any], None], what: str
) -> bool:
    """Change a draft; a refusal is said in the form."""
    try:
        edition = form.cleaned_data["edition"]
        drafts.change_draft(request.actor, draft=found, edition=edition, change=change, what=what)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return False
    messages.success(request, _("The draft is saved."))
    return True


@clinical(*CLINICIAN_ROLES)
@require_http_methods(["GET", "POST"])
def about(request: HearthlineRequest, draft_id: UUID) -> HttpResponse:
    """Change what the program is called and for."""
    found = access.get_draft_for(request.actor, draft_id)
    initial = AboutForm.initial_of(found.content) | {"edition": found.edition}
    form = AboutForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid() and _changed(request, found, form, form.write, "about"):
        return _go(found)
    context = {"audience": "staff", "draft": found, "form": form}
    return render(request, "programs/draft_about.html", context, status=422 if form.is_bound else 200)


@clinical(*CLINICIAN_ROLES)
@require_http_methods(["GET", "POST"])
def phase(request: HearthlineRequest, draft_id: UUID, code: str) -> HttpResponse:
    """Change a phase: how long, what is measured, which rules watch, lessons and tasks."""
    found = access.get_draft_for(request.actor, draft_id)
    table = next((one for one in found.content["phase"] if one["code"] == code), None)
    if table is None:
        raise Http404
    data = request.POST if request.method == "POST" else None
    forms = PhaseForms(table, found.edition, data)

    def write(content: dict[str, Any]) -> None:
        for one in content["phase"]:
            if one["code"] == code:
                forms.write(one)

    if (
        data is not None
        and forms.is_valid()
        and _changed(request, found, forms.phase, write, f"phase {code}")
    ):
        return _go(found)
    context = {
        "audience": "staff",
        "draft": found,
        "form": forms.phase,
        "has_errors": data is not None,
        "parts": [
            (_("What is measured when"), forms.plan),
            (_("Tasks of staff"), forms.tasks),
            (_("Lessons for patients"), forms.lessons),
        ],
    }
    return render(request, "programs/draft_phase.html", context, status=422 if data is not None else 200)


@clinical(*CLINICIAN_ROLES)
@require_POST
def phases(request: HearthlineRequest, draft_id: UUID) -> HttpResponse:
    """Add a phase, take one out, or move it."""
    found = access.get_draft_for(request.actor, draft_id)
    form = EditionForm(request.POST)
    act, code = request.POST.get("act", ""), request.POST.get("code", "")

    def change(content: dict[str, Any]) -> None:
        if act == "add":
            add_phase(content)
        elif act == "remove":
            remove_phase(content, code)
        elif act in MOVES:
            move_phase(content, code, MOVES[act])

    if not form.is_valid() or not _changed(request, found, form, change, f"{act} phase"[:60]):
        told = [str(one) for one in form.non_field_errors()]
        messages.error(request, " ".join(told) or _("Open the draft again and press once more."))
    return _go(found)


@clinical(*PRESCRIBER_ROLES)
@require_POST
def approve(request: HearthlineRequest, draft_id: UUID) -> HttpResponse:
    """Put a draft in use."""
    found = access.get_draft_for(request.actor, draft_id)
    form = ApproveForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        drafts.approve_draft(request.actor, draft=found, **form.cleaned_data)
    except ValidationError as refusal:
        form.add_error(None, refusal)
        return _page(request, found, form)
    except PermissionDenied:
        form.add_error(None, _("You wrote this draft. Another physician has to approve it."))
        return _page(request, found, form)
    messages.success(request, _("The new version is in use. Those who take part already stay in theirs."))
    return HttpResponseRedirect(reverse("programs:catalogue"), status=303)


@clinical(*CLINICIAN_ROLES)
@require_POST
def drop(request: HearthlineRequest, draft_id: UUID) -> HttpResponse:
    """Give a draft up."""
    drafts.drop_draft(request.actor, draft=access.get_draft_for(request.actor, draft_id))
    messages.success(request, _("The draft is given up."))
    return HttpResponseRedirect(reverse("programs:catalogue"), status=303)
