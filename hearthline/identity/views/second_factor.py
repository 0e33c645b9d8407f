"""Passkeys, authenticator apps and recovery codes: setting them up, seeing them, taking them away."""

from base64 import b64encode
from io import BytesIO
from typing import Any, cast

import qrcode
from allauth.account import views as allauth
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import views as allauth_mfa
from allauth.mfa.internal.flows.add import redirect_if_add_not_allowed
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as allauth_recovery
from allauth.mfa.totp import views as allauth_totp
from allauth.mfa.totp.internal import flows as totp_flows
from allauth.mfa.webauthn import views as allauth_webauthn
from allauth.mfa.webauthn.internal import auth as webauthn
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator

from hearthline.identity import reset_use, resets, sessions, totp
from hearthline.identity.adapters import AccountAdapter, second_factors_of
from hearthline.identity.forms import PENDING_SECRET_KEY, ActivateAuthenticatorForm
from hearthline.identity.models import User
from hearthline.identity.reset_session import forget, held_by
from hearthline.identity.views.entry import UnprocessableMixin

QR_BOX_PIXELS = 4


def picture_of(text: str) -> str:
    """Return a QR code as an address that holds the picture itself."""
    drawn = BytesIO()
    qrcode.make(text, box_size=QR_BOX_PIXELS).save(drawn, "PNG", optimize=True)
    return "data:image/png;base64," + b64encode(drawn.getvalue()).decode()


def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask a person whose role needs a second factor to set one up, or to use the one they have."""
    if not _may_enrol(request):
        return _only_by_link(request)
    if second_factors_of(request.user):
        query = request.META.get("QUERY_STRING", "")
        where = reverse("identity:confirm")
        return HttpResponseRedirect(f"{where}?{query}" if query else where)
    return render(request, "identity/second_factor.html")


def _may_enrol(request: HttpRequest) -> bool:
    user = cast("User", request.user)
    return not user.is_authenticated or reset_use.may_enrol(user, held_by(request))


def _only_by_link(request: HttpRequest) -> HttpResponse:
    return render(request, "identity/reset_only_by_link.html", status=403)


class EnrolmentMixin:
    """After a reset, only the browser that used its link sets up the next second factor."""

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Refuse every other browser, with what to do."""
        if not _may_enrol(request):
            return _only_by_link(request)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]


def _proved_by(request: HttpRequest, authenticator: Authenticator) -> None:
    """Count the set-up as a use: the person just showed that they hold it."""
    record_authentication(
        request, request.user, "mfa", id=authenticator.pk, type=authenticator.type, reauthenticated=True
    )
    _audit(request, "second_factor.added", authenticator)
    reset_use.finish(cast("User", request.user))
    forget(request)


def _audit(request: HttpRequest, action: str, authenticator: Authenticator) -> None:
    subject = (f"authenticator.{authenticator.type}", authenticator.pk)
    sessions.audit_for_person(
        request.user,  # type: ignore[arg-type]
        action,
        subject=subject,
        origin=AccountAdapter(request).get_client_ip(request),
    )


class SecurityView(allauth_mfa.IndexView):
    """How I sign in: password, passkeys, authenticator app, recovery codes."""

    template_name = "identity/security.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name each way once, under words a template can use."""
        found = super().get_context_data(**kwargs)
        ways = found["authenticators"]
        return {
            **found,
            "passkeys": ways.get(Authenticator.Type.WEBAUTHN, []),
            "authenticator_app": ways.get(Authenticator.Type.TOTP),
            "recovery_codes": ways.get(Authenticator.Type.RECOVERY_CODES),
            "stop_links": resets.stop_links_of(cast("User", self.request.user)),
        }


class AddAuthenticatorAppView(EnrolmentMixin, UnprocessableMixin, allauth_totp.ActivateTOTPView):
    """Show the secret as a picture and as text, and take the first code."""

    template_name = "identity/add_authenticator.html"
    form_class = ActivateAuthenticatorForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Draw the secret as a small picture (django-allauth's drawing is larger than the rest of the page)."""
        found = super().get_context_data(**kwargs)
        return {**found, "picture": picture_of(found["totp_url"])}

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the secret; the code typed cannot be used again."""
        authenticator, recovery = totp_flows.activate_totp(self.request, form)
        totp.spend(authenticator, form.counter)
        self.request.session.pop(PENDING_SECRET_KEY, None)
        _proved_by(self.request, authenticator)
        return HttpResponseRedirect(
            reverse("mfa_view_recovery_codes" if recovery else "mfa_index"), status=303
        )

    def get_form_class(self) -> type[ActivateAuthenticatorForm]:
        """Use our form, which keeps the waiting secret encrypted."""
        return ActivateAuthenticatorForm


class RemoveAuthenticatorAppView(allauth_totp.DeactivateTOTPView):
    """Take the authenticator app away."""

    template_name = "identity/remove_authenticator.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove it, and record that."""
        _audit(self.request, "second_factor.removed", self.authenticator)
        response: HttpResponse = super().form_valid(form)
        return response


class AddPasskeyView(EnrolmentMixin, UnprocessableMixin, allauth_webauthn.AddWebAuthnView):
    """Make a passkey that is found again by itself and always proves the person."""

    template_name = "identity/add_passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask the browser for a discoverable passkey with user verification."""
        found = super(allauth_webauthn.AddWebAuthnView, self).get_context_data(**kwargs)
        return {
            **found,
            "js_data": {"creation_options": webauthn.begin_registration(self.request.user, True)},
        }

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep the passkey; making it proved the person."""
        had = set(Authenticator.objects.filter(user=self.request.user).values_list("pk", flat=True))
        response: HttpResponse = super().form_valid(form)
        added = Authenticator.objects.filter(user=self.request.user, type=Authenticator.Type.WEBAUTHN)
        for authenticator in added.exclude(pk__in=had):
            _proved_by(self.request, authenticator)
        return response


class RenamePasskeyView(UnprocessableMixin, allauth_webauthn.EditWebAuthnView):
    """Give a passkey another name."""

    template_name = "identity/rename_passkey.html"


class RemovePasskeyView(allauth_webauthn.RemoveWebAuthnView):
    """Take a passkey away."""

    template_name = "identity/remove_passkey.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Remove it unless it is the last second factor of a person who needs one."""
        passkey = self.get_object()
        if not context.request.user.is_authenticated or not _may_remove(passkey):
            return self.render_to_response(self.get_context_data(form=form, is_last=True), status=422)
        _audit(self.request, "second_factor.removed", passkey)
        response: HttpResponse = super().form_valid(form)
        return response


def _may_remove(authenticator: Authenticator) -> bool:
    return bool(get_adapter().can_delete_authenticator(authenticator))


class RecoveryCodesView(allauth_recovery.ViewRecoveryCodesView):
    """Show the recovery codes, once."""

    template_name = "identity/recovery_codes.html"


class NewRecoveryCodesView(UnprocessableMixin, allauth_recovery.GenerateRecoveryCodesView):
    """Make new recovery codes; the old ones stop working."""

    template_name = "identity/new_recovery_codes.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Make them, and record that."""
        response: HttpResponse = super().form_valid(form)
        codes = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.RECOVERY_CODES)
        _audit(self.request, "second_factor.recovery_codes_made", codes)
        return response


class ChangePasswordView(UnprocessableMixin, allauth.PasswordChangeView):
    """Choose another password."""

    template_name = "identity/change_password.html"

    def get_default_success_url(self) -> str:
        """Go back to the page of ways to sign in."""
        return reverse("mfa_index")


@method_decorator(reauthentication_required(app="allauth.mfa"), name="dispatch")
class SetPasswordView(UnprocessableMixin, allauth.PasswordSetView):
    """Choose a first password (an account made with e-mail codes or a passkey has none)."""

    template_name = "identity/set_password.html"

    def get_default_success_url(self) -> str:
        """Go back to the page of ways to sign in."""
        return reverse("mfa_index")


@method_decorator(redirect_if_add_not_allowed, name="dispatch")
@method_decorator(reauthentication_required(app="allauth.mfa"), name="dispatch")
class ChangeEmailView(UnprocessableMixin, allauth.EmailView):
    """Move the account to another address, once a code sent there came back."""

    template_name = "identity/change_email.html"


def passkeys(request: HttpRequest) -> HttpResponse:
    """Show the passkeys where all ways to sign in stand."""
    return HttpResponseRedirect(reverse("mfa_index"))
