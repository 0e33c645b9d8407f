"""Tables of messaging, one file a subject."""

from hearthline.messaging.models.notifications import (
    DeliveryAttempt,
    DoubtfulContact,
    InboundText,
    MessagingPolicy,
    Notification,
    OptOut,
    ReceiptEvent,
    TemplateWording,
)
from hearthline.messaging.models.oversight import Alarm, StaffNotice, WorkerPulse
from hearthline.messaging.models.threads import (
    Attachment,
    Draft,
    Handover,
    Message,
    MessageRead,
    PoolMember,
    RoutingPool,
    Thread,
)
from hearthline.messaging.models.voice import VoiceCall

__all__ = [
    "Alarm",
    "Attachment",
    "DeliveryAttempt",
    "DoubtfulContact",
    "Draft",
    "Handover",
    "InboundText",
    "Message",
    "MessageRead",
    "MessagingPolicy",
    "Notification",
    "OptOut",
    "PoolMember",
    "ReceiptEvent",
    "RoutingPool",
    "StaffNotice",
    "TemplateWording",
    "Thread",
    "VoiceCall",
    "WorkerPulse",
]
