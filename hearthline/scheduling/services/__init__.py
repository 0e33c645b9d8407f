"""One function for each intent: keyword-only, atomic, actor first."""

from hearthline.scheduling.services.appointments import (
    book_appointment,
    cancel_appointment,
    confirm_attendance,
    fulfil_appointment,
    mark_arrived,
    mark_noshow,
    move_appointment,
    undo_arrived,
    undo_noshow,
)
from hearthline.scheduling.services.holds import book_draft, hold_slot, release_draft, release_expired_holds
from hearthline.scheduling.services.requirements import arrange, change_requirements
from hearthline.scheduling.services.walk_ins import (
    call_next,
    join_queue,
    leave_queue,
    note_seen,
    stay_on_page,
    want_call_back,
)

__all__ = [
    "arrange",
    "book_appointment",
    "book_draft",
    "call_next",
    "cancel_appointment",
    "change_requirements",
    "confirm_attendance",
    "fulfil_appointment",
    "hold_slot",
    "join_queue",
    "leave_queue",
    "mark_arrived",
    "mark_noshow",
    "move_appointment",
    "note_seen",
    "release_draft",
    "release_expired_holds",
    "stay_on_page",
    "undo_arrived",
    "undo_noshow",
    "want_call_back",
]
