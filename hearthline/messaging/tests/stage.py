"""Rows and settings that messaging tests set up."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.test import override_settings

from hearthline.directory.models import Patient, SafeContact
from hearthline.directory.tests.stage import make_patient
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.messaging.models import Notification
from hearthline.messaging.services import notify
from hearthline.messaging.tests.listeners import Gateway, MailServer, mail_server, sms_gateway
from tests.people import People

NOON = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # 12:00 in Chicago
WEBHOOK_SECRET = "the-gateway-and-we-know"
TELEPHONE = "+15125550142"


def make_reachable(people: People, *, contact: dict[str, Any] | None = None, **values: Any) -> Patient:
    patient = make_patient(people, **{"telephone": TELEPHONE, "email": "rosa@example.org", **values})
    SafeContact.objects.create(
        organization_id=patient.organization_id,
        patient=patient,
        **{"preferred": SafeContact.Channel.SMS, **(contact or {})},
    )
    return patient


def system(people: People) -> Actor:
    return Actor.system(people.organization.id, "test")


def remind(people: People, patient_id: UUID, **values: Any) -> Notification:
    return notify(
        **{
            "actor": system(people),
            "patient_id": patient_id,
            "template": "appointment.reminder",
            "context": {
                "practitioner": "Dr. Amara Lindqvist",
                "when": datetime(2026, 11, 24, 16, 0, tzinfo=UTC),
                "link": f"{settings.PUBLIC_URL}/care/",
            },
            "about": ("appointment", new_id()),
            "key": str(new_id()),
            **values,
        }
    )


@contextmanager
def outside_world(
    mail: dict[str, Any] | None = None, sms: dict[str, Any] | None = None
) -> Iterator[tuple[MailServer, Gateway]]:
    """A mail server and a gateway on real sockets, and settings that lead to them."""
    with (
        mail_server(**(mail or {})) as server,
        sms_gateway(**(sms or {})) as gateway,
        override_settings(
            EMAIL_HOST="127.0.0.1",
            EMAIL_PORT=server.port,
            EMAIL_USE_TLS=False,
            EMAIL_TIMEOUT=5,
            SMS_GATEWAY_URL=gateway.url,
            SMS_GATEWAY_TOKEN="t",
            SMS_WEBHOOK_SECRET=WEBHOOK_SECRET,
        ),
    ):
        yield server, gateway
