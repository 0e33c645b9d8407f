"""Signing in: django-allauth's switches, password hashing, limits. Reasons stand in ``identity/README.md``."""

import os

AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["hearthline.identity.hashers.FrugalArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [{"NAME": "hearthline.identity.passwords.HearthlinePasswordValidator"}]
HEARTHLINE_BREACHED_PASSWORDS = os.environ.get("HEARTHLINE_BREACHED_PASSWORDS", "")
HEARTHLINE_MAIL_BESIDE_REQUEST = True
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"

SESSION_ENGINE = "hearthline.identity.session_store"
SESSION_COOKIE_AGE = 86_400
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_SAVE_EVERY_REQUEST = False

ACCOUNT_ADAPTER = "hearthline.identity.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 900
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGIN_TIMEOUT = 900
# A clinic's people share one address: limits for an address are wide, those for a person are narrow.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "30/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "request_login_code": "30/m/ip,3/5m/key",
    "reset_password": "30/m/ip,3/5m/key",
    "reset_password_from_key": "30/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "confirm_email": "1/10s/key",
}
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
ALLAUTH_RATE_LIMIT_IPV6_PREFIX = 64
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("HEARTHLINE_TRUSTED_PROXIES", "0"))

MFA_ADAPTER = "hearthline.identity.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
MFA_FORMS = {
    "authenticate": "hearthline.identity.forms.AuthenticateForm",
    "reauthenticate": "hearthline.identity.forms.ReauthenticateForm",
    "add_webauthn": "hearthline.identity.credentials.AddPasskeyForm",
    "edit_webauthn": "hearthline.identity.credentials.RenamePasskeyForm",
    "login_webauthn": "hearthline.identity.credentials.SignInPasskeyForm",
    "authenticate_webauthn": "hearthline.identity.credentials.SecondStepPasskeyForm",
    "reauthenticate_webauthn": "hearthline.identity.credentials.ConfirmPasskeyForm",
}
ACCOUNT_FORMS = {
    "login": "hearthline.identity.forms.SignInForm",
    "request_login_code": "hearthline.identity.forms.RequestCodeForm",
    "confirm_login_code": "hearthline.identity.forms.ConfirmLoginCodeForm",
    "confirm_email_verification_code": "hearthline.identity.forms.ConfirmEmailForm",
    "reauthenticate": "hearthline.identity.forms.ConfirmPasswordForm",
    "reset_password": "hearthline.identity.forms.ForgottenForm",
    "reset_password_from_key": "hearthline.identity.forms.NewPasswordForm",
    "change_password": "hearthline.identity.forms.ChangePasswordForm",
    "set_password": "hearthline.identity.forms.SetPasswordForm",
    "add_email": "hearthline.identity.forms.ChangeAddressForm",
    "confirm_password_reset_code": "hearthline.identity.forms.ConfirmPasswordResetCodeForm",
}
