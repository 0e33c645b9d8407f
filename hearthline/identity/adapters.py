"""Where django-allauth asks this project: who may sign in how, how secrets rest, what is written and sent."""

from typing import Any, cast
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hearthline.foundation import clock, crypto
from hearthline.identity import accounts, rules, sessions
from hearthline.identity.mail import send_mail
from hearthline.identity.models import SignIn, User

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
SECRET_CONTEXT = "identity|second-factor"  # noqa: S105  (a label, not a secret)
NOTICES = {
    "mfa/email/totp_activated": _("An authenticator app was added to your account."),
    "mfa/email/totp_deactivated": _("The authenticator app was removed from your account."),
    "mfa/email/webauthn_added": _("A passkey was added to your account."),
    "mfa/email/webauthn_removed": _("A passkey was removed from your account."),
    "mfa/email/recovery_codes_generated": _("New recovery codes were made for your account."),
    "account/email/password_changed": _("Your password was changed."),
    "account/email/password_set": _("A password was set for your account."),
    "account/email/password_reset": _("Your password was changed by means of a code sent to this address."),
    "account/email/email_changed": _("The e-mail address of your account was changed."),
    "account/email/email_confirm": _("An e-mail address of your account was confirmed."),
    "account/email/email_deleted": _("An e-mail address was removed from your account."),
}
WAYS = {
    "reauthenticate": _("Use your password"),
    "mfa_reauthenticate": _("Use a code of your authenticator app, or a recovery code"),
    "mfa_reauthenticate:webauthn": _("Use a passkey"),
}


def second_factors_of(user: Any) -> set[str]:
    """Return the kinds of second factor a person has set up."""
    rows = Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_FACTORS)
    return set(rows.values_list("type", flat=True))


class AccountAdapter(DefaultAccountAdapter):
    """How accounts behave here."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _(
            "The e-mail address or the password is not right. Check both and try again."
        ),
        "too_many_login_attempts": _("Too many attempts. Wait five minutes, then try again."),
        "incorrect_code": _(
            "That code is not right, or it was used already. Wait for the next one and try again."
        ),
        "rate_limited": _("Too many requests. Wait a minute, then try again."),
        "incorrect_password": _("The password is not right."),
    }

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Take the name, language and accepted terms of the form into the new account."""
        user.name = form.cleaned_data["name"]
        user.language = translation.get_language() or settings.LANGUAGE_CODE
        user.terms_accepted_at = clock.now()
        return super().save_user(request, user, form, commit)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in: a new cookie, and a stay that can be seen and ended."""
        super().login(request, user)
        stay = sessions.begin(request, user)
        accounts.join_if_registering(request, user)
        sessions.audit_for_person(user, "sign_in.succeeded", subject=stay, origin=self.get_client_ip(request))

    def logout(self, request: HttpRequest) -> None:
        """Sign out: the stay ends, and what hangs on it."""
        stay = sessions.stay_of(str(request.session.get(sessions.SIGN_IN_KEY, "")))
        if stay is not None and sessions.end_stay(stay, SignIn.End.SIGNED_OUT):
            sessions.audit_for_person(
                stay.user, "sign_in.ended", subject=stay, origin=self.get_client_ip(request)
            )
        super().logout(request)

    def set_password(self, user: Any, password: str) -> None:
        """Change the password; every other stay of the person ends, and what hangs on it."""
        super().set_password(user, password)
        request = context.request
        here = request.session.get(sessions.SIGN_IN_KEY, "") if request.user.pk == user.pk else ""
        sessions.end_all(user, but=str(here), why=SignIn.End.PASSWORD_CHANGED)
        sessions.audit_for_person(user, "password.changed", origin=self.get_client_ip(request))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record a wrong password against the person it was tried on, if there is one."""
        user = User.objects.filter(email__iexact=str(credentials.get("email", ""))).first()
        if user is not None:
            sessions.audit_for_person(
                user, "sign_in.failed", is_denied=True, origin=self.get_client_ip(request)
            )

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Ask again only when the last proof is older than a few minutes; signing in is a proof."""
        if not super().is_reauthentication_required(app=app, **kwargs):
            return False
        request = context.request
        records = get_authentication_records(request, request.user)
        if second_factors_of(request.user):
            records = [one for one in records if one.get("method") in sessions.SECOND_FACTOR_METHODS]
        return not rules.is_fresh(sessions.last_proof(records), clock.now())

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Offer only the second factor once there is one, the passkey first: a password alone proves too little."""
        found = super().get_reauthentication_methods(user)
        methods = [{**one, "description": WAYS[one["id"]]} for one in found]
        if user.is_authenticated and second_factors_of(user):
            return [one for one in reversed(methods) if one["id"] != "reauthenticate"]
        return methods

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write in the reader's language and send beside the request."""
        reader = User.objects.filter(email__iexact=email).first()
        language = reader.language if reader else translation.get_language() or settings.LANGUAGE_CODE
        send_mail(template_prefix, email, {**context, "reader": reader}, language=language)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell the person what changed about their sign-in, so that they notice when it was not them."""
        values = {"what_happened": NOTICES[template_prefix], "happened_at": timezone.now()}
        self.send_mail("identity/email/security_notice", email or user.email, values)


class MFAAdapter(DefaultMFAAdapter):
    """How second factors behave here."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_delete_authenticator": _(
            "Your role needs a second factor. Add another one first, then remove this."
        ),
    }

    def encrypt(self, text: str) -> str:
        """Return a secret as it rests in the database."""
        return crypto.installation_encrypt(text, context=SECRET_CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        """Return a secret from the database."""
        return crypto.installation_decrypt(encrypted_text, context=SECRET_CONTEXT)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002  (django-allauth's name)
        """Return a name for a passkey whose owner gave none."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("Passkey %(number)d") % {"number": count + 1}

    def get_totp_issuer(self) -> str:
        """Return the name an authenticator app shows."""
        return "Hearthline"

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Keep the last second factor of a person whose role demands one."""
        user = authenticator.user
        if authenticator.type not in SECOND_FACTORS or not user.is_second_factor_forced:
            return True
        others = Authenticator.objects.filter(user_id=user.pk, type__in=SECOND_FACTORS).exclude(
            pk=authenticator.pk
        )
        return bool(others.exists())

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Bind passkeys to the public address of this installation, whatever the request claims."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "localhost", "name": "Hearthline"}

    def get_public_key_credential_user_entity(self, user: AbstractBaseUser) -> dict[str, Any]:
        """Name the person on their own device."""
        entity = cast("dict[str, Any]", super().get_public_key_credential_user_entity(user))
        return {**entity, "display_name": getattr(user, "name", "") or entity["name"]}
