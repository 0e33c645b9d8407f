"""From a notification's recipient to addresses, language, zone and safe-contact rules, as they are now."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import phonenumbers
from django.conf import settings
from django.db.models import QuerySet

from hearthline.directory.models import Patient, SafeContact
from hearthline.foundation.crypto import blind_index
from hearthline.identity.models import User
from hearthline.messaging.models import DoubtfulContact, MessagingPolicy, OptOut
from hearthline.messaging.rules import Channel, Reach, Window
from hearthline.tenancy.models import Organization

INDEX_PURPOSE = "messaging_address"
Addresses = dict[Channel, str]


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


def reaches_of(organization_id: UUID, patient_ids: Collection[UUID]) -> dict[UUID, Reach]:
    """Return by which channels some patients may be written to, in three queries however many they are."""
    organization = Organization.objects.get(pk=organization_id)
    found = {
        row.pk: (row.merged_into or row, _addresses_of(row.merged_into or row, organization))
        for row in _patients().filter(pk__in=patient_ids)
    }
    standing = _Standing.of(organization_id, [addresses for _, addresses in found.values()])
    return {
        patient_id: _reach_of_patient(patient, organization, addresses, standing)
        for patient_id, (patient, addresses) in found.items()
    }


def _patients() -> QuerySet[Patient]:
    return Patient.objects.select_related("safe_contact", "merged_into__safe_contact")


def _contact_rules(patient: Patient, organization: Organization) -> SafeContact:
    known: SafeContact | None = getattr(patient, "safe_contact", None)
    return known or SafeContact(organization=organization, patient=patient, preferred=SafeContact.Channel.SMS)


def _addresses_of(patient: Patient, organization: Organization) -> Addresses:
    country = organization.jurisdiction[:2]
    telephone = normal_telephone(patient.telephone, country=country) if patient.telephone else ""
    return {Channel.EMAIL: patient.email, Channel.SMS: telephone, Channel.VOICE: telephone}


def _reach_of_patient(
    patient: Patient, organization: Organization, addresses: Addresses, standing: "_Standing"
) -> Reach:
    rules_of_contact = _contact_rules(patient, organization)
    allowed = {
        Channel.EMAIL: rules_of_contact.is_email_allowed,
        Channel.SMS: rules_of_contact.is_sms_allowed,
        Channel.VOICE: rules_of_contact.is_voice_allowed,
    }
    wished = rules_of_contact.preferred
    return standing.reach(
        organization.id,
        addresses,
        preferred=Channel(wished) if wished in {channel.value for channel in Channel} else None,
        allowed=frozenset(channel for channel, is_allowed in allowed.items() if is_allowed),
        may_be_contacted=wished != SafeContact.Channel.PORTAL,
    )


def _patient(patient_id: UUID, organization: Organization, policy: MessagingPolicy) -> Person:
    patient = _patients().get(pk=patient_id)
    patient = patient.merged_into or patient
    addresses = _addresses_of(patient, organization)
    rules_of_contact = _contact_rules(patient, organization)
    start, end = rules_of_contact.allowed_from, rules_of_contact.allowed_until
    stop_reason = "deceased" if patient.deceased_on else "" if patient.is_active else "inactive"
    return Person(
        reach=_reach_of_patient(patient, organization, addresses, _Standing.of(organization.id, [addresses])),
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


@dataclass(frozen=True)
class _Standing:
    """Which of some addresses have stopped or are in doubt."""

    stopped: frozenset[tuple[bytes, str]]
    doubtful: frozenset[tuple[bytes, str]]

    @classmethod
    def of(cls, organization_id: UUID, people: Iterable[Addresses]) -> "_Standing":
        """Look addresses up, those of everybody at once."""
        indexes = {index for addresses in people for index in _indexes(organization_id, addresses).values()}
        stopped = OptOut.objects.filter(address_index__in=indexes, ended_at=None)
        doubtful = DoubtfulContact.objects.filter(address_index__in=indexes, resolved_at=None)
        return cls(
            *(
                frozenset(
                    (bytes(index), channel) for index, channel in rows.values_list("address_index", "channel")
                )
                for rows in (stopped, doubtful)
            )
        )

    def reach(
        self,
        organization_id: UUID,
        addresses: Addresses,
        *,
        preferred: Channel | None = None,
        allowed: frozenset[Channel] | None = None,
        may_be_contacted: bool = True,
    ) -> Reach:
        """Return how one person is reached."""
        own = set(_indexes(organization_id, addresses).values())
        return Reach(
            addresses=addresses,
            preferred=preferred,
            allowed=allowed,
            opted_out=frozenset(Channel(channel) for index, channel in self.stopped if index in own),
            doubtful=frozenset(Channel(channel) for index, channel in self.doubtful if index in own),
            may_be_contacted=may_be_contacted,
        )


def _indexes(organization_id: UUID, addresses: Addresses) -> dict[Channel, bytes]:
    return {
        channel: address_index(organization_id, channel, address)
        for channel, address in addresses.items()
        if address
    }


def _reach(organization_id: UUID, addresses: Addresses) -> Reach:
    return _Standing.of(organization_id, [addresses]).reach(organization_id, addresses)
