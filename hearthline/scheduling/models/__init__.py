"""Tables of scheduling."""

from hearthline.scheduling.models.appointments import (
    Appointment,
    AppointmentChange,
    AppointmentLink,
    AppointmentPin,
    Place,
    Reason,
)
from hearthline.scheduling.models.availability import AvailabilityException, AvailabilityRule
from hearthline.scheduling.models.drafts import BookingDraft, UrgencyScreen
from hearthline.scheduling.models.queue import WalkInEntry
from hearthline.scheduling.models.requirements import Requirement
from hearthline.scheduling.models.rooms import RoomTurn
from hearthline.scheduling.models.services import Mode, Service, ServiceOffer

__all__ = [
    "Appointment",
    "AppointmentChange",
    "AppointmentLink",
    "AppointmentPin",
    "AvailabilityException",
    "AvailabilityRule",
    "BookingDraft",
    "Mode",
    "Place",
    "Reason",
    "Requirement",
    "RoomTurn",
    "Service",
    "ServiceOffer",
    "UrgencyScreen",
    "WalkInEntry",
]
