from hearthline.consults.models.answers import (
    Closing,
    CriticalFinding,
    Opinion,
    WorkTime,
)
from hearthline.consults.models.cases import (
    Attachment,
    Consult,
    FactAnswer,
    Message,
    Move,
    Seen,
    SharedRecord,
)
from hearthline.consults.models.desks import Agreement, Desk, DeskPerson, DeskReader, Grant

__all__ = [
    "Agreement",
    "Attachment",
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
    "WorkTime",
]
