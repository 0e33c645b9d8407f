"""Tables of live visits."""

from hearthline.visits.models.boards import Board, BoardMark
from hearthline.visits.models.conversation import ChatMessage, SharedFile, TypedLine
from hearthline.visits.models.group import GroupRoom, MediaSeat
from hearthline.visits.models.guests import GuestInvitation
from hearthline.visits.models.interpreters import InterpreterBooking
from hearthline.visits.models.preparation import DeviceCheck, PreparationAnswer, PreparationPhoto
from hearthline.visits.models.quality import QualitySample, VisitFault, VisitRating
from hearthline.visits.models.rescue import RankedVisit, Rescue, SafetyStep
from hearthline.visits.models.room import Join, Participant, QueueEvent, Segment, SignalMessage
from hearthline.visits.models.stills import Still
from hearthline.visits.models.telephone import PhoneCall
from hearthline.visits.models.visit import Visit

__all__ = [
    "Board",
    "BoardMark",
    "ChatMessage",
    "DeviceCheck",
    "GroupRoom",
    "GuestInvitation",
    "InterpreterBooking",
    "Join",
    "MediaSeat",
    "Participant",
    "PhoneCall",
    "PreparationAnswer",
    "PreparationPhoto",
    "QualitySample",
    "QueueEvent",
    "RankedVisit",
    "Rescue",
    "SafetyStep",
    "Segment",
    "SharedFile",
    "SignalMessage",
    "Still",
    "TypedLine",
    "Visit",
    "VisitFault",
    "VisitRating",
]
