"""The forms of signing in and of second factors, on top of django-allauth's."""

from typing import Any, ClassVar

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.forms import (
    AddEmailForm,
    BaseConfirmCodeForm,
    LoginForm,
    RequestLoginCodeForm,
    ResetPasswordForm,
    ResetPasswordKeyForm,
    SignupForm,
)
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import (
    ConfirmEmailVerificationCodeForm as AllauthConfirmEmailForm,
)
from allauth.account.forms import ConfirmLoginCodeForm as AllauthConfirmLoginCodeForm
from allauth.account.forms import ConfirmPasswordResetCodeForm as AllauthConfirmPasswordResetCodeForm
from allauth.account.forms import ReauthenticateForm as AllauthConfirmPasswordForm
from allauth.account.forms import SetPasswordForm as AllauthSetPasswordForm
from allauth.core import context, ratelimit
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticateForm
from allauth.mfa.base.forms import BaseAuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as AllauthReauthenticateForm
from allauth.mfa.base.internal.flows import check_rate_limit
from allauth.mfa.internal.flows.add import validate_can_add_authenticator
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp_auth
from allauth.mfa.utils import decrypt, encrypt
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from hearthline.identity import sessions, totp
from hearthline.identity.adapters import second_factors_of
from hearthline.identity.models import User
from hearthline.identity.passwords import MAX_LENGTH, HearthlinePasswordValidator
from hearthline.identity.roles import SECOND_FACTOR_ROLES

NAME_LENGTH = 100
CODE_LENGTH = 64
PENDING_SECRET_KEY = "pending_totp_secret"  # noqa: S105  (a key in the session, not a secret)


SHARED_LABEL = _("Other people use this device: sign me out sooner")
CODE_LABEL = _("Code")
EMAIL_LABEL = _("E-mail address")
NEW_PASSWORD_LABEL = _("New password")
AGAIN_LABEL = _("New password, once more")


class InOurWords:
    """Our labels on the fields of django-allauth, and no placeholders: they vanish when one types."""

    labels: ClassVar[dict[str, Any]] = {}
    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in self.labels:
                field.label, field.help_text = self.labels[name], ""
            if name == "code":
                field.validators.append(MaxLengthValidator(CODE_LENGTH))
                field.widget.attrs["inputmode"] = "numeric"
            if isinstance(field.widget, forms.PasswordInput):
                field.validators.append(MaxLengthValidator(MAX_LENGTH))


class SignInForm(InOurWords, LoginForm):
    """E-mail address, password, and whether others use this telephone too."""

    field_order = ["login", "password", "is_shared_device"]
    is_shared_device = forms.BooleanField(label=SHARED_LABEL, required=False)

    labels = {"login": EMAIL_LABEL, "password": _("Password")}

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> Any:
        """Go on signing in, and remember what kind of device this is."""
        request.session[sessions.SHARED_DEVICE_KEY] = self.cleaned_data["is_shared_device"]
        return super().login(request, redirect_url)


class RequestCodeForm(InOurWords, RequestLoginCodeForm):
    """Ask for a code by e-mail: for patients. Staff and proxies get none, and the page does not say so."""

    is_shared_device = forms.BooleanField(label=SHARED_LABEL, required=False)

    labels = {"email": EMAIL_LABEL}

    def clean_email(self) -> str:
        """Send no code to people who have to use a password or passkey with a second factor."""
        email = str(super().clean_email())
        user: Any = self._user
        if user is not None and (sessions.roles_of(user) & SECOND_FACTOR_ROLES or second_factors_of(user)):
            get_account_adapter().send_mail("identity/email/no_code_for_staff", email, {"user": user})
            self._user: Any = None
        return email


class ThrottledCode(InOurWords, BaseConfirmCodeForm):
    """A code from an e-mail: the attempts are counted for the address, across sessions and devices."""

    labels = {"code": CODE_LABEL}

    def clean_code(self) -> str:
        """Count the attempt, compare, and forget the count when the code was right.

        Raises:
            ValidationError: too many attempts, or another code.
        """
        request = context.request
        key = f"code|{self.throttle_key}"
        if not ratelimit.consume(request, action="login_failed", key=key):
            raise get_account_adapter().validation_error("too_many_login_attempts")
        try:
            code = str(super().clean_code())
        except ValidationError:
            self._record_failure(request)
            raise
        ratelimit.clear(request, action="login_failed", key=key)
        return code

    def _record_failure(self, request: HttpRequest) -> None:
        user = User.objects.filter(email__iexact=self.throttle_key).first()
        if user is not None:
            ip = get_account_adapter().get_client_ip(request)
            sessions.audit_for_person(user, "mailed_code.failed", is_denied=True, origin=ip)

    @property
    def throttle_key(self) -> str:
        """The address the code went to."""
        return str(self.initial.get("throttle_key") or getattr(self, "email", "") or "")


class ConfirmLoginCodeForm(ThrottledCode, AllauthConfirmLoginCodeForm):
    """The code of a sign-in."""


class ConfirmEmailForm(ThrottledCode, AllauthConfirmEmailForm):
    """The code that proves an address."""


class ConfirmPasswordResetCodeForm(ThrottledCode, AllauthConfirmPasswordResetCodeForm):
    """The code that lets a person choose a new password."""


class AuthenticatorCode(InOurWords, BaseAuthenticateForm):
    """A code from an authenticator app, or one of the recovery codes; each opens once."""

    labels = {"code": CODE_LABEL}

    def clean_code(self) -> str:
        """Count the attempt for the person, then try their authenticators.

        Raises:
            ValidationError: too many attempts, or no authenticator accepts the code.
        """
        clear = check_rate_limit(self.user)
        code = str(self.cleaned_data["code"])
        tried: Authenticator | None = None
        kinds = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
        for one in Authenticator.objects.filter(user=self.user, type__in=kinds).order_by("-type"):
            tried = tried or one
            is_app = one.type == Authenticator.Type.TOTP
            if totp.accepts(one, code) if is_app else one.wrap().validate_code(code):
                one.refresh_from_db()
                one.user = self.user
                self.authenticator = one
                clear()
                return code
        if tried is not None:
            self._emit_authentication_failed(tried)
            ip = get_account_adapter().get_client_ip(context.request)
            sessions.audit_for_person(self.user, "second_factor.failed", is_denied=True, origin=ip)
        raise get_adapter().validation_error("incorrect_code")


class AuthenticateForm(AuthenticatorCode, AllauthAuthenticateForm):
    """The second step of signing in."""


class ReauthenticateForm(AuthenticatorCode, AllauthReauthenticateForm):
    """The second factor, asked again."""


class ActivateAuthenticatorForm(forms.Form):
    """The first code of a new authenticator app. The secret waits in the session encrypted."""

    code = forms.CharField(
        label=_("Six-digit code from the app"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.counter = 0
        session = context.request.session
        if PENDING_SECRET_KEY not in session:
            session[PENDING_SECRET_KEY] = encrypt(totp_auth.generate_totp_secret())
        self.secret = decrypt(session[PENDING_SECRET_KEY])

    def clean_code(self) -> str:
        """Accept the code that the app shows for the offered secret.

        Raises:
            ValidationError: too many attempts, an unproved address, or another code.
        """
        validate_can_add_authenticator(self.user)
        clear = check_rate_limit(self.user, error_key="rate_limited")
        code = str(self.cleaned_data["code"])
        counter = totp.matching_counter(self.secret, code)
        if counter is None:
            raise get_adapter().validation_error("incorrect_code")
        clear()
        self.counter = counter
        return code


class RegisterForm(InOurWords, SignupForm):
    """A patient's own account."""

    field_order = ["name", "email", "password1", "has_accepted_terms"]
    name = forms.CharField(
        label=_("Your name"), max_length=NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    has_accepted_terms = forms.BooleanField(label=_("I have read the terms and agree to them"))

    labels = {"email": EMAIL_LABEL}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = _("We send a code to it, to make sure it is yours.")
        self.fields["password1"].label = _("Choose a password")
        self.fields["password1"].help_text = HearthlinePasswordValidator().get_help_text()

    def signup(self, request: HttpRequest, user: Any) -> None:
        """Nothing more is asked here; the organization is joined when the address is proved."""


class ConfirmPasswordForm(InOurWords, AllauthConfirmPasswordForm):
    """The password, asked again of people without a second factor."""

    labels = {"password": _("Password")}


class ForgottenForm(InOurWords, ResetPasswordForm):
    """Where to send the code for a new password."""

    labels = {"email": EMAIL_LABEL}


class NewPasswordForm(InOurWords, ResetPasswordKeyForm):
    """The new password, after the code."""

    labels = {"password1": NEW_PASSWORD_LABEL, "password2": AGAIN_LABEL}


class ChangePasswordForm(InOurWords, AllauthChangePasswordForm):
    """The old password and the new one."""

    labels = {
        "oldpassword": _("Password you have now"),
        "password1": NEW_PASSWORD_LABEL,
        "password2": AGAIN_LABEL,
    }


class SetPasswordForm(InOurWords, AllauthSetPasswordForm):
    """A first password."""

    labels = {"password1": NEW_PASSWORD_LABEL, "password2": AGAIN_LABEL}


class ChangeAddressForm(InOurWords, AddEmailForm):
    """The address to move to."""

    labels = {"email": _("New e-mail address")}
