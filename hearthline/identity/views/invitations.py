"""Taking up an invitation: redeem the link, then a password (or the account one has), then the second factor."""

from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from hearthline.foundation import clock
from hearthline.identity import invitations
from hearthline.identity.models import Invitation, User
from hearthline.identity.passwords import MAX_LENGTH, Newcomer
from hearthline.identity.policy import public
from hearthline.identity.roles import SECOND_FACTOR_ROLES
from hearthline.identity.sessions import ORGANIZATION_KEY
from hearthline.tenancy.context import set_context

CLAIM_KEY = "invitation_claim"
CLAIM_LIMIT = {"redeem_invitation": "20/m/ip"}


class RedeemForm(forms.Form):
    """The token, filled in by the page's script or pasted from the message."""

    token = forms.CharField(
        label=_("Invitation code"),
        help_text=_("It is the last line of the message we sent you."),
        max_length=invitations.MAX_TOKEN_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class TakeUpForm(forms.Form):
    """A new account: name and password. The address is the invited one."""

    name = forms.CharField(
        label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Choose a password"),
        max_length=MAX_LENGTH,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Long is strong: four or five words you can picture."),
        strip=False,
    )
    has_accepted_terms = forms.BooleanField(label=_("I have read the terms and agree to them"))

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation

    def clean(self) -> dict[str, Any]:
        """Hold the password against the rules for this person."""
        values: dict[str, Any] = super().clean() or {}
        person = Newcomer(
            email=self.invitation.email,
            name=values.get("name", ""),
            is_second_factor_forced=bool(SECOND_FACTOR_ROLES.intersection(self.invitation.roles)),
            password_context=[self.invitation.organization.name],
        )
        try:
            validate_password(values.get("password", ""), person)  # type: ignore[arg-type]
        except ValidationError as error:
            if "password" in values:
                self.add_error("password", error)
        return values


@require_http_methods(["GET", "POST"])
@public
def invitation(request: HttpRequest) -> HttpResponse:
    """Redeem an invitation's token, once."""
    form = RedeemForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        limited = ratelimit.consume_or_429(request, action="redeem_invitation", config=CLAIM_LIMIT)
        if limited is not None:
            return limited
        held = invitations.claim(form.cleaned_data["token"]) if form.is_valid() else None
        if held is not None:
            request.session.cycle_key()
            request.session[CLAIM_KEY] = [str(held.organization_id), str(held.invitation_id), held.secret]
            return HttpResponseRedirect(reverse("identity:take_up"), status=303)
        form.add_error("token", _("This invitation was used, withdrawn or is too old. Ask for a new one."))
    return render(request, "identity/invitation.html", {"form": form}, status=422 if form.errors else 200)


def _held(request: HttpRequest) -> invitations.Claim | None:
    kept = request.session.get(CLAIM_KEY)
    return invitations.Claim(UUID(kept[0]), UUID(kept[1]), kept[2]) if kept else None


@require_http_methods(["GET", "POST"])
@public
def take_up(request: HttpRequest) -> HttpResponse:
    """Make the account of a claimed invitation, or add it to the account there is."""
    held = _held(request)
    if held is None:
        return HttpResponseRedirect(reverse("identity:invitation"))
    set_context(held.organization_id, request.user.pk)
    invited = invitations.claimed(held)
    if invited is None:
        request.session.pop(CLAIM_KEY, None)
        return HttpResponseRedirect(reverse("identity:invitation"))
    owner = User.objects.filter(email__iexact=invited.email).first()
    if owner is not None:
        return _add_to_account(request, held, invited, owner)
    form = TakeUpForm(
        request.POST if request.method == "POST" else None, invitation=invited, initial={"name": invited.name}
    )
    if request.method == "POST" and form.is_valid():
        return _make_account(request, held, invited, form.cleaned_data)
    context = {"form": form, "invited": invited}
    return render(request, "identity/take_up.html", context, status=422 if form.errors else 200)


def _add_to_account(
    request: HttpRequest, held: invitations.Claim, invited: Invitation, owner: User
) -> HttpResponse:
    if request.user.pk != owner.pk:
        return render(request, "identity/take_up_sign_in.html", {"invited": invited})
    if request.method != "POST":
        return render(request, "identity/take_up_add.html", {"invited": invited})
    return _accepted(request, held, owner) or HttpResponseRedirect("/", status=303)


def _accepted(request: HttpRequest, held: invitations.Claim, user: User) -> HttpResponse | None:
    membership = invitations.accept(held, user)
    request.session.pop(CLAIM_KEY, None)
    if membership is None:
        return HttpResponseRedirect(reverse("identity:invitation"), status=303)
    request.session[ORGANIZATION_KEY] = str(membership.organization_id)
    return None


def _make_account(
    request: HttpRequest, held: invitations.Claim, invited: Invitation, values: dict[str, Any]
) -> HttpResponse:
    get_adapter(request).logout(request)
    request.session[CLAIM_KEY] = [str(held.organization_id), str(held.invitation_id), held.secret]
    with transaction.atomic():
        user = User.objects.create_user(
            invited.email,
            values["password"],
            name=values["name"],
            language=invited.language,
            terms_accepted_at=clock.now(),
        )
        refused = _accepted(request, held, user)
        transaction.set_rollback(refused is not None)
    if refused is not None:
        return refused
    record_authentication(request, user, method="password", email=user.email)
    response: HttpResponse = perform_login(request, Login(user=user, email=user.email, redirect_url="/"))
    return response
