"""Messages that are read out on the telephone: handed over as a row, which the worker with the trunk rings up.

The worker says by a receipt whether a person heard it; nothing is left on an answering machine.
"""

from uuid import UUID

from django.db import connection

from hearthline.messaging.models import VoiceCall
from hearthline.messaging.transports import Outcome, Outgoing, Result
from hearthline.tenancy.context import acting_in

CHANNEL = "hearthline_voice"


class VoiceTransport:
    """Hands texts to the worker that telephones."""

    def send(self, outgoing: Outgoing) -> Result:
        """Hand over one text. A repeat with the same reference finds the row of the first."""
        organization_id, notification_id, _ = outgoing.reference.split(".")
        with acting_in(UUID(organization_id)):
            call, _is_new = VoiceCall.objects.get_or_create(
                organization_id=UUID(organization_id),
                notification_id=UUID(notification_id),
                defaults={
                    "reference": outgoing.reference,
                    "number": outgoing.address,
                    "text": outgoing.text,
                    "language": outgoing.language,
                },
            )
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{organization_id}:{call.pk}"])
        return Result(Outcome.ACCEPTED, provider_id=str(call.pk))
