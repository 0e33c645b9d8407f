"""The addresses of django-allauth's steps, under the names it looks for; whatever is not here does not exist."""

from django.urls import URLPattern, path

from hearthline.identity.policy import account, public
from hearthline.identity.views import entry, second_factor
from hearthline.identity.views.second_factor import (
    AddAuthenticatorAppView,
    AddPasskeyView,
    ChangeEmailView,
    ChangePasswordView,
    NewRecoveryCodesView,
    RecoveryCodesView,
    RemoveAuthenticatorAppView,
    RemovePasskeyView,
    RenamePasskeyView,
    SecurityView,
    SetPasswordView,
)

urlpatterns: list[URLPattern] = [
    path("sign-in/", public(entry.SignInView.as_view()), name="account_login"),
    path("sign-in/code/", public(entry.RequestCodeView.as_view()), name="account_request_login_code"),
    path("sign-in/code/confirm/", public(entry.ConfirmCodeView.as_view()), name="account_confirm_login_code"),
    path("sign-in/second-step/", public(entry.SecondStepView.as_view()), name="mfa_authenticate"),
    path("sign-in/passkey/", public(entry.PasskeySignInView.as_view()), name="mfa_login_webauthn"),
    path(
        "sign-in/address/", public(entry.ConfirmEmailView.as_view()), name="account_email_verification_sent"
    ),
    path("sign-in/closed/", public(entry.closed), name="account_inactive"),
    path("sign-in/forgotten/", public(entry.ForgottenView.as_view()), name="account_reset_password"),
    path(
        "sign-in/forgotten/code/",
        public(entry.ForgottenCodeView.as_view()),
        name="account_confirm_password_reset_code",
    ),
    path(
        "sign-in/forgotten/new/",
        public(entry.NewPasswordView.as_view()),
        name="account_complete_password_reset",
    ),
    path(
        "sign-in/forgotten/done/", public(entry.password_was_changed), name="account_password_reset_completed"
    ),
    path("sign-out/", public(entry.SignOutView.as_view()), name="account_logout"),
    path("register/", public(entry.choose_clinic), name="account_signup"),
    path("confirm/password/", account(entry.ConfirmPasswordView.as_view()), name="account_reauthenticate"),
    path("confirm/code/", account(entry.ConfirmAuthenticatorView.as_view()), name="mfa_reauthenticate"),
    path("confirm/passkey/", account(entry.ConfirmPasskeyView.as_view()), name="mfa_reauthenticate_webauthn"),
    path("account/security/", account(SecurityView.as_view()), name="mfa_index"),
    path("account/security/app/add/", account(AddAuthenticatorAppView.as_view()), name="mfa_activate_totp"),
    path(
        "account/security/app/remove/",
        account(RemoveAuthenticatorAppView.as_view()),
        name="mfa_deactivate_totp",
    ),
    path("account/security/passkeys/add/", account(AddPasskeyView.as_view()), name="mfa_add_webauthn"),
    path(
        "account/security/passkeys/<int:pk>/name/",
        account(RenamePasskeyView.as_view()),
        name="mfa_edit_webauthn",
    ),
    path(
        "account/security/passkeys/<int:pk>/remove/",
        account(RemovePasskeyView.as_view()),
        name="mfa_remove_webauthn",
    ),
    path("account/security/passkeys/", account(second_factor.passkeys), name="mfa_list_webauthn"),
    path(
        "account/security/recovery-codes/",
        account(RecoveryCodesView.as_view()),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/security/recovery-codes/new/",
        account(NewRecoveryCodesView.as_view()),
        name="mfa_generate_recovery_codes",
    ),
    path("account/password/", account(ChangePasswordView.as_view()), name="account_change_password"),
    path("account/password/set/", account(SetPasswordView.as_view()), name="account_set_password"),
    path("account/address/", account(ChangeEmailView.as_view()), name="account_email"),
]
