"""Which programs there are, and taking one into use."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hearthline.identity.policy import HearthlineRequest, clinical
from hearthline.identity.roles import CARE_TEAM_ROLES, PRESCRIBER_ROLES
from hearthline.programs import access, services
from hearthline.programs.definitions import Definition, in_language, shipped, shipped_content
from hearthline.programs.drafts import next_version
from hearthline.programs.models import Program, ProgramDraft


@dataclass(frozen=True)
class Entry:
    """A program as shipped, and the version that is in use."""

    definition: Definition
    name: str
    aim: str
    in_use: Program | None
    draft: ProgramDraft | None

    @property
    def is_current(self) -> bool:
        """Whether the newest shipped version is in use."""
        return self.in_use is not None and self.in_use.written_by_id is None and self.shown == self.definition

    @property
    def is_own(self) -> bool:
        """Whether a version of the organization's own is in use."""
        return self.in_use is not None and self.in_use.written_by_id is not None

    @property
    def shown(self) -> Definition:
        """What is in use, or else as shipped."""
        return self.in_use.definition if self.in_use is not None else self.definition


@clinical(*CARE_TEAM_ROLES)
@require_http_methods(["GET"])
def catalogue(request: HearthlineRequest) -> HttpResponse:
    """The programs with their sources, and which are in use here."""
    language = get_language() or "en"
    in_use = Program.objects.filter(retired_at=None).select_related("adopted_by", "written_by")
    used = {one.code: one for one in in_use}
    open_drafts = {one.code: one for one in access.drafts_for(request.actor)}
    entries = [
        Entry(
            one,
            one.name_in(language),
            in_language(one.aim, language),
            used.get(one.code),
            open_drafts.get(one.code),
        )
        for one in shipped()
    ]
    context = {
        "audience": "staff",
        "entries": entries,
        "may_adopt": access.may_adopt(request.actor),
        "may_write": access.may_write(request.actor),
    }
    return render(request, "programs/catalogue.html", context)


@clinical(*PRESCRIBER_ROLES)
@require_POST
def adopt(request: HearthlineRequest, code: str) -> HttpResponse:
    """Take the shipped version of a program into use."""
    content = shipped_content().get(code)
    if content is None:
        raise Http404
    same = Program.objects.filter(code=code, version=content["version"]).first()
    if same is not None and same.content != content:  # an own version has its number
        content = content | {"version": next_version(code, content["version"])}
    try:
        services.adopt_program(request.actor, content=content)
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        messages.success(request, _("The program is in use now."))
    return HttpResponseRedirect(reverse("programs:catalogue"), status=303)
