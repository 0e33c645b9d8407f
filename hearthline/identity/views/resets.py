"""Pages for a lost second factor: open, confirm, stop, use the link, and let a locked member in again."""

from typing import Any, cast
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hearthline.foundation import clock
from hearthline.identity import invitations, reset_use, resets
from hearthline.identity.freshness import requires_fresh_mfa
from hearthline.identity.models import SecondFactorReset, User
from hearthline.identity.passwords import MAX_LENGTH
from hearthline.identity.policy import HearthlineRequest, public, requires
from hearthline.identity.reset_rules import ResetState, check_problem, state_of
from hearthline.identity.reset_session import remember
from hearthline.identity.roles import Role
from hearthline.identity.sessions import ORGANIZATION_KEY
from hearthline.identity.views.shared import add_errors, form_page

RESETS_PER_PAGE = 25
USE_LIMIT = {"use_reset_link": "20/m/ip"}
STATE_WORDS = {
    ResetState.OPENED: (gettext_lazy("Waits for a second person"), "watch"),
    ResetState.WAITING: (gettext_lazy("Confirmed, link not valid yet"), "info"),
    ResetState.READY: (gettext_lazy("Link can be used"), "info"),
    ResetState.CLAIMED: (gettext_lazy("Link used, no new second step yet"), "watch"),
    ResetState.COMPLETED: (gettext_lazy("New second step set up"), "ok"),
    ResetState.STOPPED: (gettext_lazy("Stopped"), ""),
    ResetState.LAPSED: (gettext_lazy("Too old"), ""),
}


class OpenForm(forms.Form):
    """How the person was recognized, and what happened."""

    how_checked = forms.ChoiceField(
        label=gettext_lazy("How did you check who it is?"),
        help_text=gettext_lazy(
            "Colleagues and caregivers only face to face: a voice and a face on a screen can be imitated."
        ),
        choices=SecondFactorReset.Check.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose one of the ways in the list."),
            "invalid_choice": gettext_lazy("Choose one of the ways in the list."),
        },
    )
    reason = forms.CharField(
        label=gettext_lazy("What happened?"),
        help_text=gettext_lazy(
            "For the record, for example: phone stolen on Monday, codes were in the same bag."
        ),
        max_length=resets.REASON_LENGTH,
        error_messages={"required": gettext_lazy("Say why, for the record.")},
    )

    def __init__(self, data: QueryDict | None, user: User) -> None:
        super().__init__(data)
        ways = [
            (value, label)
            for value, label in SecondFactorReset.Check.choices
            if not check_problem(value, opens_others_records=user.opens_others_records)
        ]
        cast("forms.ChoiceField", self.fields["how_checked"]).choices = ways


class UseForm(forms.Form):
    """The token, filled in by the page's script or pasted from the message, and the password."""

    token = forms.CharField(
        label=gettext_lazy("Code from the message"),
        help_text=gettext_lazy("It is near the end of the message we sent you."),
        max_length=invitations.MAX_TOKEN_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        max_length=MAX_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class UnlockForm(forms.Form):
    """How the member was recognized."""

    reason = forms.CharField(
        label=gettext_lazy("How did you check who it is?"),
        help_text=gettext_lazy("For the record, for example: saw them at the desk with their badge."),
        max_length=resets.REASON_LENGTH,
    )


def _row(reset: SecondFactorReset) -> dict[str, Any]:
    state = state_of(reset, clock.now())
    words, kind = STATE_WORDS[state]
    return {
        "reset": reset,
        "state": state,
        "words": words,
        "kind": kind,
        "is_pending": resets.is_pending(reset),
    }


def _to_list() -> HttpResponse:
    return HttpResponseRedirect(reverse("identity:resets"), status=303)


@require_GET
@requires(Role.ADMINISTRATOR, Role.AUDITOR)
def reset_list(request: HearthlineRequest) -> HttpResponse:
    """List the resets of the last months, those under way with what to do."""
    page = Paginator(resets.resets_for(request.actor), RESETS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"audience": "staff", "page": page, "rows": [_row(one) for one in page]}
    return render(request, "identity/resets.html", context)


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@requires_fresh_mfa
def open_reset(request: HearthlineRequest, user_id: UUID) -> HttpResponse:
    """Ask for the reset of a member's second factor."""
    member = resets.get_member_for(request.actor, user_id)
    form = OpenForm(request.POST if request.method == "POST" else None, member.user)
    if request.method == "POST" and form.is_valid():
        try:
            resets.open_reset(actor=request.actor, user_id=user_id, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Opened. A second administrator or an auditor has to confirm it."))
            return _to_list()
    return form_page(request, "identity/reset_open.html", form, member=member)


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR, Role.AUDITOR)
@requires_fresh_mfa
def reset(request: HearthlineRequest, reset_id: UUID) -> HttpResponse:
    """Look at a reset, and confirm it as the second person."""
    found = resets.get_reset_for(request.actor, reset_id)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            resets.confirm_reset(actor=request.actor, reset_id=reset_id)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Confirmed. They were signed out everywhere and got a link."))
            return _to_list()
    problem = resets.confirm_problem(request.actor, found)
    return form_page(request, "identity/reset.html", form, row=_row(found), problem=problem)


@require_POST
@requires(Role.ADMINISTRATOR, Role.AUDITOR)
def stop(request: HearthlineRequest, reset_id: UUID) -> HttpResponse:
    """Stop a reset; one person is enough for that."""
    try:
        resets.stop_reset(actor=request.actor, reset_id=reset_id)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("The reset is stopped. Nothing was removed."))
    return _to_list()


@require_http_methods(["GET", "POST"])
@public
def stop_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Stop a reset of one's own second factor from the notice about it: "this was not me"."""
    reset = resets.get_reset_of_link(token)
    status = 200
    if request.method == "POST":
        try:
            resets.stop_by_link(token)
        except ValidationError:
            status = 422
        else:
            return render(request, "identity/reset_stopped.html", {"clinic": reset.organization})
    context = {"reset": reset, "clinic": reset.organization, "is_pending": resets.is_pending(reset)}
    return render(request, "identity/reset_stop.html", context, status=status)


@sensitive_post_parameters("token", "password")
@require_http_methods(["GET", "POST"])
@public
def use(request: HttpRequest) -> HttpResponse:
    """Use the link of a reset, with the password; then set up the new second factor in this browser."""
    form = UseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        limited = ratelimit.consume_or_429(request, action="use_reset_link", config=USE_LIMIT)
        if limited is not None:
            return limited
        if form.is_valid():
            answer = reset_use.use_link(form.cleaned_data["token"], form.cleaned_data["password"])
            if answer.claim is not None and answer.user is not None:
                return _sign_in(request, answer.claim, answer.user)
            form.add_error(answer.field, answer.problem)
    return render(request, "identity/reset_use.html", {"form": form}, status=422 if form.errors else 200)


def _sign_in(request: HttpRequest, claim: reset_use.Claim, user: User) -> HttpResponse:
    get_adapter(request).logout(request)
    record_authentication(request, user, method="password", email=user.email)
    where = reverse("identity:second_factor")
    response: HttpResponse = perform_login(request, Login(user=user, email=user.email, redirect_url=where))
    remember(request, claim)
    request.session[ORGANIZATION_KEY] = str(claim.organization_id)
    return response


@require_http_methods(["GET", "POST"])
@requires(Role.ADMINISTRATOR)
@requires_fresh_mfa
def unlock(request: HearthlineRequest, membership_id: UUID) -> HttpResponse:
    """Let a member in again whose second factor another organization reset."""
    member = reset_use.get_locked_for(request.actor, membership_id)
    form = UnlockForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            reset_use.unlock(
                actor=request.actor, membership_id=membership_id, reason=form.cleaned_data["reason"]
            )
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The access is open again."))
            return HttpResponseRedirect(reverse("identity:staff"), status=303)
    return form_page(request, "identity/unlock.html", form, member=member)
