"""A picture shown to all: who shows, draws, takes back, keeps; and who neither sees nor draws."""

import io
from typing import Any

import pikepdf
import pytest
from pydantic import ValidationError

from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.foundation.uploads import receive_document, receive_image
from hearthline.imaging.intake.tests.hostile import photo
from hearthline.visits import wire
from hearthline.visits.choices import EndReason, ParticipantRole
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Board, BoardMark, Join, Participant, SharedFile, SignalMessage
from hearthline.visits.services import admission, boards, conversation, room, side_room
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People, Person

LINE = [(0.1, 0.2), (0.5, 0.5)]


@pytest.fixture
def stage(people: People) -> Stage:
    return make_visit(people)


def get(join: Join) -> Join:
    return Join.objects.select_related("participant", "visit").get(pk=join.pk)


def share(stage: Stage, person: Person) -> SharedFile:
    return conversation.share_file(
        actor=person.actor,
        visit=stage.visit,
        participant=stage.participant(person),
        upload=receive_image(io.BytesIO(photo())),
        name="rash.jpg",
    )


def show(stage: Stage, person: Person, join: Join, file: SharedFile) -> Board:
    return boards.open_board(actor=person.actor, join=get(join), file=file.pk)


def draw(join: Join, board: Board, key: str = "12345678", shape: str = "arrow") -> BoardMark:
    return boards.draw(join=get(join), board=board.pk, key=key, shape=shape, points=LINE)


def told(join: Join, name: str) -> list[dict[str, Any]]:
    rows = SignalMessage.objects.filter(join=join, name=name).order_by("number")
    return [dict(row.body) for row in rows]


def test_both_draw_and_see_what_the_other_drew_in_their_colour(stage: Stage) -> None:
    people = stage.people
    clinician, patient = stage.begin()
    board = show(stage, people.physician, clinician, share(stage, people.patient))
    mine, theirs = draw(clinician, board), draw(patient, board)
    assert draw(patient, board).pk == theirs.pk, "sent twice, drawn once"
    marks = told(clinician, "mark")
    assert marks == told(patient, "mark")
    assert [mark["id"] for mark in marks] == [str(mine.pk), str(theirs.pk)]
    assert marks[0]["colour"] != marks[1]["colour"]
    assert marks[0]["points"] == [[0.1, 0.2], [0.5, 0.5]]
    came_back = boards.describe_board(stage.participant(people.patient), stage.visit)
    assert came_back["marks"] == marks, "who loads the page again sees them too"
    boards.undo(join=get(patient), board=board.pk)
    assert told(clinician, "unmark") == [{"id": str(theirs.pk)}], "one's own, not another's"
    with pytest.raises(VisitRefusedError, match="board_theirs"):
        boards.clear(join=get(patient), board=board.pk)
    boards.clear(join=get(clinician), board=board.pk)
    assert not BoardMark.objects.exists()


def test_one_picture_at_a_time_until_who_shows_it_is_gone(stage: Stage) -> None:
    people = stage.people
    clinician, patient = stage.begin()
    file = share(stage, people.patient)
    board = show(stage, people.patient, patient, file)
    with pytest.raises(VisitRefusedError, match="board_taken"):
        show(stage, people.physician, clinician, file)
    draw(clinician, board)
    room.leave_room(actor=people.patient.actor, join=get(patient))
    with pytest.raises(VisitRefusedError, match="board_over"):
        draw(clinician, board, key="87654321")
    after = show(stage, people.physician, clinician, file)
    assert not BoardMark.objects.filter(board=board).exists()
    boards.close_board(actor=people.physician.actor, join=get(clinician), board=after.pk)
    boards.close_board(actor=people.physician.actor, join=get(clinician), board=after.pk)
    assert not Board.objects.filter(closed_at=None).exists()


def test_strangers_to_the_room_neither_see_nor_draw(stage: Stage) -> None:
    people = stage.people
    clinician, patient = stage.begin()
    file = share(stage, people.patient)
    board = show(stage, people.physician, clinician, file)
    page = f"/visits/{stage.visit.pk}/board/{board.pk}/"
    assert people.patient.client.get(page).status_code == 200
    assert people.stranger.client.get(page).status_code == 404
    admission.put_back(
        actor=people.physician.actor, visit=stage.visit, participant=stage.participant(people.patient)
    )
    assert people.patient.client.get(page).status_code == 404
    with pytest.raises(VisitRefusedError, match="not_admitted"):
        draw(patient, board)
    stage.admit_patient()
    watching = Participant.objects.filter(pk=patient.participant_id)
    watching.update(role=ParticipantRole.OBSERVER, agreed_at=clock.now())
    with pytest.raises(VisitRefusedError, match="observer"):
        draw(patient, board)
    watching.update(role=ParticipantRole.PATIENT)
    with pytest.raises(VisitRefusedError, match="no_picture"):
        boards.open_board(actor=people.physician.actor, join=get(clinician), file=new_id())
    nurse = stage.join(people.nurse)
    assert nurse.participant.role == ParticipantRole.CLINICIAN
    before = len(told(clinician, "mark"))
    side_room.step_aside(actor=people.physician.actor, visit=stage.visit)
    with pytest.raises(VisitRefusedError, match="apart"):
        draw(clinician, board)
    draw(patient, board)
    assert len(told(clinician, "mark")) == before, "whoever speaks apart hears nothing of it"
    assert boards.describe_board(stage.participant(people.nurse), stage.visit) == {"id": ""}


def test_marks_end_with_the_visit_unless_a_clinician_keeps_the_picture(stage: Stage) -> None:
    people = stage.people
    clinician, patient = stage.begin()
    board = show(stage, people.physician, clinician, share(stage, people.patient))
    draw(patient, board)
    address = f"/visits/{stage.visit.pk}/board/{board.pk}/keep/"

    def keep(person: Person, key: str) -> Any:
        picture = io.BytesIO(photo("PNG"))
        picture.name = "kept.png"
        return person.client.post(address, {"key": key, "picture": picture})

    assert keep(people.patient, "one-press").status_code == 403
    kept = [keep(people.physician, "one-press") for _ in range(2)]
    assert [answer.status_code for answer in kept] == [201, 201]
    assert kept[0].json()["id"] == kept[1].json()["id"], "pressed twice, kept once"
    assert keep(people.physician, "x").status_code == 422
    assert SharedFile.objects.filter(visit=stage.visit).count() == 2
    admission.end_visit(actor=people.physician.actor, visit=stage.visit, reason=EndReason.COMPLETED)
    assert not BoardMark.objects.exists()
    assert not SignalMessage.objects.filter(name="mark").exists()
    assert keep(people.physician, "too-late-now").status_code == 409


def test_a_document_is_shown_page_by_page_each_with_its_own_marks(stage: Stage) -> None:
    people = stage.people
    clinician, patient = stage.begin()
    document = pikepdf.new()
    for _ in range(2):
        document.add_blank_page(page_size=(300, 400))
    out = io.BytesIO()
    document.save(out)
    file = conversation.share_file(
        actor=people.physician.actor,
        visit=stage.visit,
        participant=stage.participant(people.physician),
        upload=receive_document(io.BytesIO(out.getvalue())),
        name="plan.pdf",
    )
    board = show(stage, people.physician, clinician, file)
    draw(patient, board)
    address = f"/visits/{stage.visit.pk}/board/{board.pk}/"
    page = people.patient.client.get(address)
    assert (page["Content-Type"], page["Hearthline-Pages"]) == ("image/png", "2")
    assert page.content.startswith(b"\x89PNG")
    with pytest.raises(VisitRefusedError, match="board_theirs"):
        boards.turn_page(join=get(patient), page=2)
    boards.turn_page(join=get(clinician), page=2)
    came = boards.describe_board(stage.participant(people.patient), stage.visit)
    assert (came["page"], came["marks"]) == (2, [])
    boards.undo(join=get(patient), board=board.pk)
    assert BoardMark.objects.filter(page=1).count() == 1, "what is not seen is not taken back"
    boards.turn_page(join=get(clinician), page=3)
    assert people.patient.client.get(address).status_code == 404


def test_a_picture_takes_only_so_many_marks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    clinician, _ = stage.begin()
    board = show(stage, stage.people.physician, clinician, share(stage, stage.people.patient))
    monkeypatch.setattr(boards, "MARKS_MOST", 1)
    draw(clinician, board)
    with pytest.raises(VisitRefusedError, match="board_full"):
        draw(clinician, board, key="87654321")


@pytest.mark.parametrize(
    "points", [[], [[0.5, 1.01]], [[-0.1, 0]], [[0.5]], [[0.1, 0.1]] * 201, [["x", 0]], [[1e999, 0]]]
)
def test_a_mark_outside_the_picture_is_no_mark(points: Any) -> None:
    said = {"kind": "mark", "board": str(new_id()), "key": "12345678", "shape": "line", "points": points}
    with pytest.raises(ValidationError):
        wire.SignalRequest.model_validate({"join": "n", "messages": [said]})
