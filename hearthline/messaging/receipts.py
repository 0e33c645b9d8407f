"""What the gateway says of a message after it took it: delivered, or not. Repeats change nothing."""

from enum import StrEnum
from uuid import UUID

from hearthline.foundation import clock
from hearthline.messaging import doubts
from hearthline.messaging.delivery import try_another_channel
from hearthline.messaging.models import Notification, ReceiptEvent
from hearthline.messaging.rules import State, may_become
from hearthline.messaging.sending import deliver
from hearthline.messaging.transports.sms import WRONG_NUMBER_CODES
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Organization

RECEIPT_FAILED = "receipt_failed"


class ReceiptState(StrEnum):
    """What a receipt can say."""

    DELIVERED = "delivered"
    FAILED = "failed"


class Taken(StrEnum):
    """What became of a receipt."""

    DONE = "done"
    UNKNOWN = "unknown"
    TOO_EARLY = "too_early"


def take_receipt(*, reference: str, event_id: str, state: ReceiptState, code: str) -> Taken:
    """Apply one receipt. ``reference`` is the one we sent: organization, notification, channel."""
    parts = reference.split(".")
    try:
        organization_id, notification_id, channel = UUID(parts[0]), UUID(parts[1]), parts[2]
    except (ValueError, IndexError):
        return Taken.UNKNOWN
    if not Organization.objects.filter(pk=organization_id).exists():
        return Taken.UNKNOWN
    with acting_in(organization_id):
        row = Notification.objects.select_for_update(of=("self",)).filter(pk=notification_id).first()
        if row is None:
            return Taken.UNKNOWN
        if state is ReceiptState.FAILED and row.state == State.SENDING and row.channel == channel:
            return Taken.TOO_EARLY  # our own bookkeeping is a moment behind; the gateway asks again
        _, is_first = ReceiptEvent.objects.get_or_create(
            organization_id=organization_id,
            event_id=event_id,
            defaults={"notification": row, "state": state.value},
        )
        if is_first and row.channel == channel:
            _apply(row, state, code)
    return Taken.DONE


def _apply(row: Notification, state: ReceiptState, code: str) -> None:
    if state is ReceiptState.DELIVERED:
        if may_become(State(row.state), State.DELIVERED):
            row.state, row.delivered_at, row.reason = State.DELIVERED, clock.now(), ""
            row.sent_at = row.sent_at or row.delivered_at
            row.lease_token, row.lease_until = None, None
            row.save()
        return
    if row.state != State.SENT:
        return
    if code in WRONG_NUMBER_CODES:
        doubts.doubt_address(row, reason=RECEIPT_FAILED)
    if try_another_channel(row, reason=RECEIPT_FAILED) is not None:
        deliver.defer(organization_id=row.organization_id, notification_id=str(row.id))
