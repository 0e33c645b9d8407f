from hearthline.consults.models.answers import (
    Closing,
    CriticalFinding,
    Opinion,
    WorkTime,
)
from hearthline.consults.models.cases import CaseVisit, Consult, FactAnswer, Message, Move, SharedRecord
from hearthline.consults.models.desks import Agreement, Desk, DeskPerson, DeskReader, Grant
from hearthline.consults.models.objects import Attachment, AttachmentForm, Seen, WantedPhoto

__all__ = [
    "Agreement",
    "Attachment",
    "AttachmentForm",
    "CaseVisit",
    "Closing",
    "Consult",
    "CriticalFinding",
    "Desk",
    "DeskPerson",
    "DeskReader",
    "FactAnswer",
    "Grant",
    "Message",
    "Move",
    "Opinion",
    "Seen",
    "SharedRecord",
    "WantedPhoto",
    "WorkTime",
]
