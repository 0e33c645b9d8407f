"""The administrator's page of staff: list, invite, change roles, close and open access."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from hearthline.identity import invitations, places, reset_use, staff
from hearthline.identity.actor import Actor
from hearthline.identity.freshness import requires_fresh_mfa
from hearthline.identity.models import Invitation
from hearthline.identity.policy import HearthlineRequest, requires
from hearthline.identity.roles import STAFF_ROLES, Role
from hearthline.identity.views.shared import add_errors, form_page
from hearthline.tenancy.models import Site

STAFF_PER_PAGE = 25
LOCKED_SHOWN = 100
STAFF_CHOICES = [(role.value, role.label) for role in Role if role in STAFF_ROLES]


class RolesForm(forms.Form):
    """Which roles a member of staff has."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"), choices=STAFF_CHOICES, widget=forms.CheckboxSelectMultiple
    )

    site = forms.ModelChoiceField(
        label=gettext_lazy("Site of a hub attendant"),
        help_text=gettext_lazy("An attendant sees today's visits at this site, first names and times only."),
        queryset=Site.objects.none(),
        required=False,
        empty_label=gettext_lazy("No site: not a hub attendant"),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = places.open_sites(actor)  # type: ignore[attr-defined]

    def site_id(self) -> UUID | None:
        """Return the id of the chosen site, if any."""
        site: Site | None = self.cleaned_data["site"]
        return site.id if site is not None else None

    def chosen(self) -> frozenset[Role]:
        """Return the roles as such."""
        return frozenset(Role(value) for value in self.cleaned_data["roles"])


class InviteForm(RolesForm):
    """Whom to invite, and as what."""

    field_order = ["name", "email", "language", "roles", "site"]
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    email = forms.EmailField(label=gettext_lazy("E-mail address at work"), max_length=254)
    language = forms.ChoiceField(label=gettext_lazy("Language of the invitation"), choices=settings.LANGUAGES)


class DeactivateForm(forms.Form):
    """Why somebody's access is closed."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=staff.REASON_LENGTH,
        help_text=gettext_lazy("For the record, for example: left the clinic on Friday."),
    )


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("identity:staff"), status=303)


@requires(Role.ADMINISTRATOR)
def staff_list(request: HearthlineRequest) -> HttpResponse:
    """List the staff and the open invitations."""
    page = Paginator(staff.staff_for(request.actor), STAFF_PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"member": one, "roles": [Role(role).label for role in one.roles]} for one in page]
    waiting = Paginator(invitations.open_invitations(request.actor), STAFF_PER_PAGE).get_page(
        request.GET.get("invitations")
    )
    locked = reset_use.locked_members_for(request.actor)[:LOCKED_SHOWN]
    context = {"audience": "staff", "page": page, "rows": rows, "waiting": waiting, "locked": locked}
    return render(request, "identity/staff.html", context)


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@requires_fresh_mfa
def invite(request: HearthlineRequest) -> HttpResponse:
    """Invite a colleague."""
    form = InviteForm(
        request.POST if request.method == "POST" else None,
        initial={"language": request.LANGUAGE_CODE},
        actor=request.actor,
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            invitations.invite_staff(
                actor=request.actor,
                email=values["email"],
                name=values["name"],
                roles=form.chosen(),
                language=values["language"],
                site_id=form.site_id(),
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The invitation is on its way."))
            return _back()
    return form_page(request, "identity/staff_invite.html", form)


def _invitation(request: HearthlineRequest, invitation_id: UUID) -> Invitation:
    return get_object_or_404(
        invitations.open_invitations(request.actor).select_for_update(), pk=invitation_id
    )


@require_POST
@requires(Role.ADMINISTRATOR)
def invitation_resend(request: HearthlineRequest, invitation_id: UUID) -> HttpResponse:
    """Send an invitation again."""
    invitations.resend(actor=request.actor, invitation=_invitation(request, invitation_id))
    messages.success(request, _("A new link is on its way. The earlier one no longer works."))
    return _back()


@require_POST
@requires(Role.ADMINISTRATOR)
def invitation_withdraw(request: HearthlineRequest, invitation_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    invitations.withdraw(actor=request.actor, invitation=_invitation(request, invitation_id))
    messages.success(request, _("The invitation is withdrawn. Its link no longer works."))
    return _back()


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@requires_fresh_mfa
def roles(request: HearthlineRequest, membership_id: UUID) -> HttpResponse:
    """Change what a member of staff may do."""
    member = staff.get_staff_for(request.actor, membership_id)
    form = RolesForm(
        request.POST if request.method == "POST" else None,
        initial={"roles": member.roles, "site": member.site_id},
        actor=request.actor,
    )
    if request.method == "POST" and form.is_valid():
        try:
            staff.change_roles(
                actor=request.actor,
                membership_id=membership_id,
                roles=form.chosen(),
                site_id=form.site_id(),
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The roles are changed."))
            return _back()
    return form_page(request, "identity/staff_roles.html", form, member=member)


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@requires_fresh_mfa
def deactivate(request: HearthlineRequest, membership_id: UUID) -> HttpResponse:
    """Close somebody's access, with a reason."""
    member = staff.get_staff_for(request.actor, membership_id)
    if not member.is_active:
        raise Http404
    form = DeactivateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            staff.deactivate(
                actor=request.actor, membership_id=membership_id, reason=form.cleaned_data["reason"]
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The access is closed, and every device of theirs is signed out."))
            return _back()
    return form_page(request, "identity/staff_deactivate.html", form, member=member)


@require_POST
@requires(Role.ADMINISTRATOR)
@requires_fresh_mfa
def reactivate(request: HearthlineRequest, membership_id: UUID) -> HttpResponse:
    """Open somebody's access again."""
    staff.get_staff_for(request.actor, membership_id)
    try:
        staff.reactivate(actor=request.actor, membership_id=membership_id)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(reverse("identity:staff_roles", args=[membership_id]), status=303)
    messages.success(request, _("The access is open again."))
    return _back()
