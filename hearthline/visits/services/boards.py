"""A picture shown to all beside the people, on which everybody in the visit may draw. One at a time.

It belongs to the visit's room: whoever speaks apart neither sees nor draws. Its marks end with it, unless a
clinician keeps the picture with them.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from hearthline.audit import services as audit
from hearthline.foundation import clock
from hearthline.foundation.uploads import Upload
from hearthline.identity.actor import Actor
from hearthline.visits.choices import ParticipantRole, ParticipantState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Board, BoardMark, Join, Participant, SharedFile, Visit
from hearthline.visits.services.conversation import share_file
from hearthline.visits.services.host import is_here
from hearthline.visits.services.messages import open_joins, send_event
from hearthline.visits.services.room import lock_visit

MARKS_MOST = 300
COLOURS = 6
PICTURES = frozenset({"image/jpeg", "image/png", "application/pdf"})
PAGES_MOST = 500
BOARD, MARK, UNMARK = "board", "mark", "unmark"  # names of events
Points = Sequence[tuple[float, float]]
DIGITS = 4  # a ten-thousandth of a picture's side is finer than any screen


def open_board(*, actor: Actor, join: Join, file: UUID) -> Board:
    """Show a shared picture to all, unless somebody who is here shows one.

    Raises:
        VisitRefusedError: not in the visit, only watching, apart, no such picture, or another one is shown.
    """
    visit = lock_visit(join.visit)
    participant = _require_hand(join)
    shared = SharedFile.objects.filter(visit=visit, pk=file, content_type__in=PICTURES).first()
    if shared is None:
        raise VisitRefusedError("no_picture")
    current = open_board_of(visit)
    if current is not None and current.opened_by_id != participant.pk and is_here(current.opened_by):
        raise VisitRefusedError("board_taken")
    if current is not None:
        _end(current)
    board = Board.objects.create(
        organization_id=visit.organization_id, visit=visit, file=shared, opened_by=participant
    )
    _tell(visit, BOARD, {"id": str(board.pk)})
    audit.record(actor, "board.opened", board, patient_id=visit.patient_id)
    return board


def _require_hand(join: Join) -> Participant:
    """Return who draws or shows, who is in the visit's room and more than an observer."""
    participant = Participant.objects.get(pk=join.participant_id)
    if participant.state != ParticipantState.ADMITTED or not join.visit.is_open:
        raise VisitRefusedError("not_admitted")
    if participant.role == ParticipantRole.OBSERVER:
        raise VisitRefusedError("observer")
    if participant.is_aside:
        raise VisitRefusedError("apart")
    return participant


def open_board_of(visit: Visit) -> Board | None:
    """Return the picture that is shown to all, if there is one."""
    boards = Board.objects.filter(visit=visit, closed_at__isnull=True)
    return boards.select_related("opened_by", "file", "visit").first()


def turn_page(*, join: Join, page: int) -> None:
    """Show another page of a document, by who shows it. Each page has its own marks.

    Raises:
        VisitRefusedError: nothing is shown, or somebody else shows it.
    """
    visit = lock_visit(join.visit)
    participant = _require_hand(join)
    current = open_board_of(visit)
    if current is None or current.opened_by_id != participant.pk:
        raise VisitRefusedError("board_theirs")
    current.page = page
    current.save(update_fields=["page"])
    _tell(visit, BOARD, {"id": str(current.pk)})


def close_board(*, actor: Actor, join: Join, board: UUID) -> None:
    """Take the picture away: by who shows it, or who leads. Its marks are gone. A second press changes nothing.

    Raises:
        VisitRefusedError: it is neither theirs nor do they lead the visit.
    """
    visit = lock_visit(join.visit)
    participant = _require_hand(join)
    current = Board.objects.filter(visit=visit, pk=board, closed_at__isnull=True).first()
    if current is None:
        return
    if not (current.opened_by_id == participant.pk or participant.is_host):
        raise VisitRefusedError("board_theirs")
    _end(current)
    _tell(visit, BOARD, {"id": ""})
    audit.record(actor, "board.closed", current, patient_id=visit.patient_id)


def end_boards(visit: Visit) -> None:
    """The visit is over, and with it what was drawn."""
    for board in Board.objects.filter(visit=visit, closed_at__isnull=True):
        _end(board)


def _end(board: Board) -> None:
    board.closed_at = clock.now()
    board.save(update_fields=["closed_at"])
    BoardMark.objects.filter(board=board).delete()


def _board_for(join: Join, board: UUID) -> Board:
    """Return the open picture on which somebody draws; who opened it has to be there."""
    current = open_board_of(join.visit)
    if current is None or current.pk != board or not is_here(current.opened_by):
        raise VisitRefusedError("board_over")
    return current


def draw(*, join: Join, board: UUID, key: str, shape: str, points: Points) -> BoardMark:
    """Draw one mark; the others see it at once, in the drawer's colour. A repeated key draws nothing.

    Raises:
        VisitRefusedError: not in the room, only watching, the picture is gone, or it is full.
    """
    participant = _require_hand(join)
    current = _board_for(join, board)
    known = BoardMark.objects.filter(participant=participant, key=key).first()
    if known is not None:
        return known
    if BoardMark.objects.filter(board=current).count() >= MARKS_MOST:
        raise VisitRefusedError("board_full")
    mark = BoardMark.objects.create(
        organization_id=join.organization_id,
        board=current,
        participant=participant,
        page=current.page,
        key=key,
        shape=shape,
        points=[[round(x, DIGITS), round(y, DIGITS)] for x, y in points],
    )
    _tell(current.visit, MARK, describe_mark(mark, colours_of(current.visit)))
    return mark


def undo(*, join: Join, board: UUID) -> None:
    """Take one's own newest mark back."""
    participant = _require_hand(join)
    current = _board_for(join, board)
    mark = BoardMark.objects.filter(board=current, page=current.page, participant=participant).last()
    if mark is not None:
        mark_id = str(mark.pk)
        mark.delete()
        _tell(current.visit, UNMARK, {"id": mark_id})


def clear(*, join: Join, board: UUID) -> None:
    """Take all marks away, by who shows the picture.

    Raises:
        VisitRefusedError: somebody else shows it.
    """
    participant = _require_hand(join)
    current = _board_for(join, board)
    if current.opened_by_id != participant.pk:
        raise VisitRefusedError("board_theirs")
    BoardMark.objects.filter(board=current, page=current.page).delete()
    _tell(current.visit, UNMARK, {"id": ""})


def keep(*, actor: Actor, board: Board, participant: Participant, upload: Upload, key: str) -> SharedFile:
    """Keep the picture with its marks as a file of the visit; a repeated key keeps one.

    Raises:
        VisitRefusedError: they are no clinician in the visit, or the picture is gone.
    """
    visit = lock_visit(board.visit)
    locked = (
        Board.objects.select_for_update(of=("self",))
        .select_related("kept__participant", "file")
        .get(pk=board.pk)
    )
    if participant.role != ParticipantRole.CLINICIAN:
        raise VisitRefusedError("not_allowed")
    before: SharedFile | None = locked.kept
    if before is not None and locked.kept_key == key:
        return before
    if locked.closed_at is not None:
        raise VisitRefusedError("board_over")
    name = f"{locked.file.name.rsplit('.', 1)[0]} ✎.png"
    kept = share_file(actor=actor, visit=visit, participant=participant, upload=upload, name=name)
    locked.kept, locked.kept_key = kept, key
    locked.save(update_fields=["kept", "kept_key"])
    audit.record(actor, "board.kept", locked, patient_id=visit.patient_id)
    return kept


def colours_of(visit: Visit) -> dict[UUID, int]:
    """Return each person's colour by number: in the order in which they became part of the visit."""
    people = Participant.objects.filter(visit=visit).order_by("created_at", "pk").values_list("pk", flat=True)
    return {person: number % COLOURS for number, person in enumerate(people)}


def describe_mark(mark: BoardMark, colours: dict[UUID, int]) -> dict[str, Any]:
    """Return a mark as browsers draw it."""
    return {
        "id": str(mark.pk),
        "by": str(mark.participant_id),
        "key": mark.key,
        "colour": colours[mark.participant_id],
        "shape": mark.shape,
        "points": mark.points,
    }


def describe_board(participant: Participant, visit: Visit) -> dict[str, Any]:
    """Return what is shown to all just now with its marks, for somebody who comes in or comes back."""
    current = open_board_of(visit)
    if current is None or participant.is_aside or participant.state != ParticipantState.ADMITTED:
        return {"id": ""}
    colours = colours_of(visit)
    return {
        "id": str(current.pk),
        "file": str(current.file_id),
        "page": current.page,
        "by": str(current.opened_by_id),
        "colour": colours[participant.pk],
        "marks": [describe_mark(mark, colours) for mark in current.marks.filter(page=current.page)],
    }


def _tell(visit: Visit, name: str, body: dict[str, Any]) -> None:
    for join in open_joins(visit):
        if join.participant.state == ParticipantState.ADMITTED and not join.participant.is_aside:
            send_event(join, name, body)
