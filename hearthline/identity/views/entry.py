"""Signing in and out: django-allauth's steps with our forms, words and answers."""

from typing import Any

from allauth.account import views as allauth
from allauth.account.adapter import get_adapter
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.base import views as allauth_mfa
from allauth.mfa.webauthn import views as allauth_webauthn
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hearthline.identity import sessions

ENDED_BECAUSE = {
    "idle": _(
        "You were signed out because nobody used this device for a while. Sign in to go on where you were."
    ),
    "too_long": _("For safety, everyone signs in again once a day. Sign in to go on where you were."),
    "revoked": _("This device was signed out from another one. If that was not you, change your password."),
}


class UnprocessableMixin:
    """Answer a form with mistakes as 422, with the form."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again with what has to change."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        if response.status_code == 200:
            response.status_code = 422
        return response


class SignInView(UnprocessableMixin, allauth.LoginView):
    """The door: password first, passkey and e-mail code beside it."""

    template_name = "identity/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say why the person is here when a stay ended."""
        reason = ENDED_BECAUSE.get(self.request.GET.get("because", ""))
        return {**super().get_context_data(**kwargs), "reason": reason, "next": self.get_next_url() or ""}


class RequestCodeView(UnprocessableMixin, allauth.RequestLoginCodeView):
    """Ask for a code by e-mail (patients)."""

    template_name = "identity/request_code.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Remember what kind of device this is; the next page is the same whether there is an account or not."""
        self.request.session[sessions.SHARED_DEVICE_KEY] = form.cleaned_data["is_shared_device"]
        response: HttpResponse = super().form_valid(form)
        return response


class ConfirmCodeView(UnprocessableMixin, allauth.ConfirmLoginCodeView):
    """Type the code that was sent."""

    template_name = "identity/confirm_code.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Let the form count attempts for the address."""
        kwargs: dict[str, Any] = super().get_form_kwargs()
        if self._action != "resend":
            kwargs["initial"] = {"throttle_key": self._process.state.get("email", "")}
        return kwargs


class SecondStepView(allauth_mfa.AuthenticateView):
    """The second step: a code or a passkey."""

    template_name = "identity/second_step.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the form again with what has to change."""
        response: HttpResponse = super().form_invalid(form)
        response.status_code = 422
        return response


class PasskeySignInView(allauth_webauthn.LoginWebAuthnView):
    """Sign in with a passkey alone."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign the owner of the passkey in and go where they wanted to go."""
        request = self.request
        request.session[sessions.SHARED_DEVICE_KEY] = request.POST.get("is_shared_device") == "on"
        authenticator = form.cleaned_data["credential"]
        login = Login(user=authenticator.user, redirect_url=get_next_redirect_url(request))
        response: HttpResponse = perform_passwordless_login(request, authenticator, login)
        return response


class SignOutView(allauth.LogoutView):
    """Sign out; asked by POST, a GET shows the button."""

    template_name = "identity/sign_out.html"

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign out, and have the browser forget what waits in it."""
        response: HttpResponse = super().post(*args, **kwargs)
        response["Clear-Site-Data"] = '"storage"'
        return response


class ConfirmEmailView(UnprocessableMixin, allauth.ConfirmEmailVerificationCodeView):
    """Type the code that proves an address."""

    template_name = "identity/confirm_email.html"


class ForgottenView(UnprocessableMixin, allauth.PasswordResetView):
    """Ask for a code to choose a new password."""

    template_name = "identity/forgotten.html"


class ForgottenCodeView(UnprocessableMixin, allauth.ConfirmPasswordResetCodeView):
    """Type that code."""

    template_name = "identity/forgotten_code.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Let the form count attempts for the address."""
        kwargs: dict[str, Any] = super().get_form_kwargs()
        kwargs["initial"] = {"throttle_key": self._process.state.get("email", "")}
        return kwargs


class NewPasswordView(UnprocessableMixin, allauth.CompletePasswordResetView):
    """Choose the new password."""

    template_name = "identity/new_password.html"


def password_was_changed(request: HttpRequest) -> HttpResponse:
    """Say that the new password is in force."""
    return render(request, "identity/password_changed.html")


def closed(request: HttpRequest) -> HttpResponse:
    """Say that the account is closed, and whom to ask."""
    return render(request, "identity/closed.html", status=403)


def choose_clinic(request: HttpRequest) -> HttpResponse:
    """Say that registering starts at a clinic's own page."""
    return render(request, "identity/choose_clinic.html")


class ConfirmPasswordView(UnprocessableMixin, allauth.ReauthenticateView):
    """Type the password again (people without a second factor)."""

    template_name = "identity/confirm_password.html"


class ConfirmAuthenticatorView(UnprocessableMixin, allauth_mfa.ReauthenticateView):
    """Type a code again."""

    template_name = "identity/confirm_authenticator.html"


class ConfirmPasskeyView(UnprocessableMixin, allauth_webauthn.ReauthenticateWebAuthnView):
    """Use the passkey again."""

    template_name = "identity/confirm_passkey.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        """Show the page again with what has to change."""
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the page the form with its mistakes."""
        return {**super().get_context_data(), **({"form": kwargs["form"]} if "form" in kwargs else {})}


def confirm(request: HttpRequest) -> HttpResponse:
    """Send the person to the best way of proving who they are, and then back."""
    methods = get_adapter(request).get_reauthentication_methods(request.user)
    where = methods[0]["url"] if methods else reverse("identity:second_factor")
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(f"{where}?{query}" if query else where)
