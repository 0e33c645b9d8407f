"""What a browser says about a passkey, taken with care: it is a stranger's text until its signature is checked."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms as allauth
from django import forms
from django.utils.translation import gettext_lazy as _

MAX_CREDENTIAL_LENGTH = 20_000
MAX_NAME_LENGTH = 100
UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError)
TEXTS = ("id", "rawId", "type")


class CredentialField(forms.JSONField):
    """The JSON form of a credential: of modest size, flat where it has to be, and made of texts."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        """Parse, and refuse what no browser sends.

        Raises:
            ValidationError: the value is no credential.
        """
        try:
            found = super().to_python(value) if len(value or "") <= MAX_CREDENTIAL_LENGTH else None
        except RecursionError:
            found = None
        if not is_credential(found):
            raise get_adapter().validation_error("incorrect_code")
        return found


def is_credential(value: Any) -> bool:
    """Whether a value has the shape of a credential."""
    if not isinstance(value, dict) or not isinstance(value.get("response"), dict):
        return False
    is_flat = all(isinstance(value.get(name), str) for name in TEXTS)
    extensions = value.get("clientExtensionResults", {})
    texts = [one for name, one in value["response"].items() if name != "transports"]
    return is_flat and isinstance(extensions, dict) and all(isinstance(one, str) for one in texts)


class WithCredential:
    """A form with a credential; what cannot be read is a wrong answer, never a fault of ours."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField()

    def clean_credential(self) -> Any:
        """Check the credential.

        Raises:
            ValidationError: it is not what was asked for.
        """
        try:
            return super().clean_credential()  # type: ignore[misc]
        except UNREADABLE as error:
            raise get_adapter().validation_error("incorrect_code") from error


class SignInPasskeyForm(WithCredential, allauth.LoginWebAuthnForm):
    """A passkey alone."""


class SecondStepPasskeyForm(WithCredential, allauth.AuthenticateWebAuthnForm):
    """A passkey as the second step."""


class ConfirmPasskeyForm(WithCredential, allauth.ReauthenticateWebAuthnForm):
    """A passkey, asked again."""


class RenamePasskeyForm(allauth.EditWebAuthnForm):
    """Another name for a passkey."""

    name = forms.CharField(label=_("Name of this passkey"), max_length=MAX_NAME_LENGTH)


class AddPasskeyForm(allauth.AddWebAuthnForm):
    """A new passkey; it always proves the person (finger, face or PIN), so it can be the only thing needed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)
        self.fields["credential"] = CredentialField()
        self.fields["name"] = forms.CharField(
            label=_("Name of this passkey"),
            help_text=_("For example: my phone"),
            max_length=MAX_NAME_LENGTH,
            required=False,
        )

    def clean(self) -> dict[str, Any]:
        """Check what the browser made.

        Raises:
            ValidationError: it is not what was asked for.
        """
        try:
            return dict(super().clean())
        except UNREADABLE as error:
            raise get_adapter().validation_error("incorrect_code") from error
