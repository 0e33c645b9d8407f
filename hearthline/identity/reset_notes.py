"""Messages about a reset: to the person at every address we know, to those who watch over access without a name."""

import base64
from collections.abc import Iterable, Set
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.urls import reverse

from hearthline.identity.mail import send_mail
from hearthline.identity.models import Membership, SecondFactorReset, User
from hearthline.identity.roles import Role
from hearthline.tenancy.models import Organization

ID_BYTES = 16
_stop_signer = signing.Signer(salt="second-factor-reset.stop")


def stop_link(organization_id: UUID, reset_id: UUID) -> str:
    """Return the address at which a person stops a reset, whoever they are: it can do nothing else."""
    packed = base64.urlsafe_b64encode(organization_id.bytes + reset_id.bytes).decode().rstrip("=")
    return f"{settings.PUBLIC_URL}{reverse('identity:reset_stop_link', args=[_stop_signer.sign(packed)])}"


def read_stop_token(token: str) -> tuple[UUID, UUID] | None:
    """Return the organization and reset of such an address, or None when it is not ours."""
    try:
        raw = base64.urlsafe_b64decode(_stop_signer.unsign(token) + "=")
    except signing.BadSignature:
        return None
    return UUID(bytes=raw[:ID_BYTES]), UUID(bytes=raw[ID_BYTES:])


def _addresses_of(user: User) -> set[str]:
    known = EmailAddress.objects.filter(user=user).values_list("email", flat=True)
    return {user.email.lower(), *(address.lower() for address in known)}


def tell_person(reset: SecondFactorReset, kind: str, *, token: str = "") -> None:
    """Tell the person at every address the account has; the link goes to the sign-in address alone."""
    user = reset.user
    context = {
        "kind": kind,
        "clinic": Organization.objects.get(pk=reset.organization_id),
        "reset": reset,
        "stop_url": stop_link(reset.organization_id, reset.id),
    }
    for address in sorted(_addresses_of(user)):
        is_own = bool(token) and address == user.email.lower()
        link = f"{settings.PUBLIC_URL}{reverse('identity:reset_use')}#{token}" if is_own else ""
        values = {**context, "url": link, "token": token if is_own else ""}
        send_mail("identity/email/second_factor_reset", address, values, language=user.language)


def tell_staff(organization_id: UUID, roles: Set[Role], kind: str, *, but: Iterable[UUID | None]) -> None:
    """Tell those who watch over access in an organization, without a name in the message."""
    members = Membership.objects.filter(
        organization_id=organization_id,
        is_active=True,
        locked_at__isnull=True,
        roles__overlap=sorted(role.value for role in roles),
    ).exclude(user_id__in=[one for one in but if one is not None])
    where = "identity:staff" if kind == "locked" else "identity:resets"
    context = {
        "kind": kind,
        "clinic": Organization.objects.get(pk=organization_id),
        "url": f"{settings.PUBLIC_URL}{reverse(where)}",
    }
    for member in members.select_related("user"):
        language = member.user.language
        send_mail("identity/email/second_factor_watch", member.user.email, context, language=language)
