"""From a notification's recipient to addresses, language, zone and safe-contact rules, as they are now."""

from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import phonenumbers
from django.conf import settings

from hearthline.directory.models import Patient, SafeContact
from hearthline.foundation.crypto import blind_index
from hearthline.identity.models import User
from hearthline.messaging.models import DoubtfulContact, MessagingPolicy, OptOut
from hearthline.messaging.rules import Channel, Reach, Window
from hearthline.tenancy.models import Organization

INDEX_PURPOSE = "messaging_address"


class Recipient(Protocol):
    """What says to whom a notification goes."""

    organization_id: UUID
    patient_id: UUID | None
    user_id: UUID | None
    given_address: str
    language: str
    zone: str


@dataclass(frozen=True)
class Person:
    """Everything that decides how one person is written to."""

    reach: Reach
    name: str
    language: str
    zone: ZoneInfo
    window: Window
    has_safe_hours: bool = False
    is_telephone_shared: bool = False
    stop_reason: str = ""
    values: dict[str, str] = field(default_factory=dict)


def normal_telephone(value: str, *, country: str) -> str:
    """Return a telephone number as +digits, or an empty text when it is none."""
    try:
        number = phonenumbers.parse(value, None if value.startswith("+") else country)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def address_index(organization_id: UUID, channel: Channel, address: str) -> bytes:
    """Return the keyed digest by which an address is found again."""
    return blind_index(organization_id, f"{INDEX_PURPOSE}_{channel.value}", address.strip().casefold())


def find_person(recipient: Recipient) -> Person:
    """Return how the recipient is reached at this moment."""
    organization = Organization.objects.get(pk=recipient.organization_id)
    policy = MessagingPolicy.objects.first() or MessagingPolicy(organization=organization)
    if recipient.patient_id is not None:
        return _patient(recipient.patient_id, organization, policy)
    if recipient.user_id is not None:
        return _user(recipient.user_id, organization, policy)
    return _guest(recipient, organization, policy)


def _patient(patient_id: UUID, organization: Organization, policy: MessagingPolicy) -> Person:
    patient = Patient.objects.select_related("safe_contact", "merged_into").get(pk=patient_id)
    patient = patient.merged_into or patient
    rules_of_contact: SafeContact = getattr(patient, "safe_contact", None) or SafeContact(
        organization=organization, patient=patient, preferred=SafeContact.Channel.SMS
    )
    country = organization.jurisdiction[:2]
    telephone = normal_telephone(patient.telephone, country=country) if patient.telephone else ""
    addresses = {Channel.EMAIL: patient.email, Channel.SMS: telephone, Channel.VOICE: telephone}
    allowed = {
        Channel.EMAIL: rules_of_contact.is_email_allowed,
        Channel.SMS: rules_of_contact.is_sms_allowed,
        Channel.VOICE: rules_of_contact.is_voice_allowed,
    }
    wished = rules_of_contact.preferred
    start, end = rules_of_contact.allowed_from, rules_of_contact.allowed_until
    stop_reason = "deceased" if patient.deceased_on else "" if patient.is_active else "inactive"
    return Person(
        reach=_reach(
            organization.id,
            addresses,
            preferred=Channel(wished) if wished in {channel.value for channel in Channel} else None,
            allowed=frozenset(channel for channel, is_allowed in allowed.items() if is_allowed),
            may_be_contacted=wished != SafeContact.Channel.PORTAL,
        ),
        name=patient.called_name,
        language=patient.page_language,
        zone=ZoneInfo(patient.zone),
        window=Window(start, end) if start is not None and end is not None else policy.sending_window,
        has_safe_hours=start is not None,
        is_telephone_shared=rules_of_contact.is_telephone_shared,
        stop_reason=stop_reason,
        values=_house_values(organization),
    )


def _user(user_id: UUID, organization: Organization, policy: MessagingPolicy) -> Person:
    user = User.objects.get(pk=user_id)
    return Person(
        reach=_reach(organization.id, {Channel.EMAIL: user.email}),
        name=user.name,
        language=user.language,
        zone=ZoneInfo(user.zone or organization.zone),
        window=policy.sending_window,
        stop_reason="" if user.is_active else "inactive",
        values=_house_values(organization),
    )


def _guest(recipient: Recipient, organization: Organization, policy: MessagingPolicy) -> Person:
    given = recipient.given_address
    channel = Channel.EMAIL if "@" in given else Channel.SMS
    address = (
        given if channel is Channel.EMAIL else normal_telephone(given, country=organization.jurisdiction[:2])
    )
    return Person(
        reach=_reach(organization.id, {channel: address}),
        name="",
        language=recipient.language or organization.default_language,
        zone=ZoneInfo(recipient.zone or organization.zone),
        window=policy.sending_window,
        values=_house_values(organization),
    )


def _house_values(organization: Organization) -> dict[str, str]:
    return {"organization": organization.name, "phone": organization.telephone or settings.PUBLIC_URL}


def _reach(
    organization_id: UUID,
    addresses: dict[Channel, str],
    *,
    preferred: Channel | None = None,
    allowed: frozenset[Channel] | None = None,
    may_be_contacted: bool = True,
) -> Reach:
    indexes = {
        address_index(organization_id, channel, address): channel
        for channel, address in addresses.items()
        if address
    }
    stopped = OptOut.objects.filter(address_index__in=indexes, ended_at=None)
    doubtful = DoubtfulContact.objects.filter(address_index__in=indexes, resolved_at=None)
    return Reach(
        addresses=addresses,
        preferred=preferred,
        allowed=allowed,
        opted_out=frozenset(Channel(row.channel) for row in stopped),
        doubtful=frozenset(Channel(row.channel) for row in doubtful),
        may_be_contacted=may_be_contacted,
    )
