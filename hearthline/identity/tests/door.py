"""Going through the door as a person does: by HTTP, with a password and the codes of an authenticator app."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import encrypt
from django.core import mail
from django.test import Client

from hearthline.identity import totp
from hearthline.identity.accounts import prove_address
from hearthline.identity.models import User
from tests.people import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def with_authenticator(user: User) -> Authenticator:
    """Give a person a proved address and an authenticator app with a known secret."""
    prove_address(user)
    return Authenticator.objects.create(
        user=user, type=Authenticator.Type.TOTP, data={"secret": encrypt(SECRET)}
    )


def with_recovery_codes(user: User) -> list[str]:
    """Give a person recovery codes, and return them."""
    return list(RecoveryCodes.activate(user).generate_codes())


def code(step: int = 0) -> str:
    """Return what the app shows now (or ``step`` half minutes later)."""
    return totp.code_at(SECRET, totp.counter_now() + step)


def give_password(client: Client, email: str, password: str = PASSWORD, **more: Any) -> Any:
    """Post the sign-in form."""
    return client.post("/sign-in/", {"login": email, "password": password, **more})


def sign_in(user: User, client: Client | None = None, **more: Any) -> Client:
    """Sign in with password and, when the person has one, the authenticator app."""
    client = client or Client()
    answer = give_password(client, user.email, **more)
    assert answer.status_code == 302, answer.content
    if answer.headers["location"] == "/sign-in/second-step/":
        answer = client.post("/sign-in/second-step/", {"code": code()})
        assert answer.status_code == 302, answer.content
    return client


def is_inside(client: Client) -> bool:
    """Whether the client is signed in."""
    return bool(client.get("/session/").json()["is_signed_in"])


def code_in_mail() -> str:
    """Return the code of the message sent last."""
    lines = str(mail.outbox[-1].body).splitlines()
    return next(line.strip() for line in lines if line.startswith("    ") and line.strip()[:1].isdigit())
