"""Objects to visit the pages of visits with."""

from typing import Any

from hearthline.scheduling.models import Requirement
from hearthline.visits.choices import Help, InterpreterChannel
from hearthline.visits.models import PreparationPhoto, SharedFile
from hearthline.visits.services.interpreters import Asked, request_interpreter
from hearthline.visits.services.rescuing import rescue
from hearthline.visits.tests.stage import make_visit
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return real arguments by route."""
    stage = make_visit(people)
    visit, organization_id = stage.visit, people.organization.id
    photo = PreparationPhoto.objects.create(
        organization_id=organization_id, visit=visit, digest="0" * 64, size_bytes=1, content_type="image/png"
    )
    shared = SharedFile.objects.create(
        organization_id=organization_id,
        visit=visit,
        participant=stage.participant(people.patient),
        digest="0" * 64,
        size_bytes=1,
        content_type="image/png",
        name="picture.png",
    )
    requirement = Requirement.objects.create(
        organization_id=organization_id, appointment=visit.appointment, kind="interpreter", language="vi"
    )
    booking, _ = request_interpreter(
        actor=people.physician.actor,
        visit=visit,
        requirement=requirement,
        asked=Asked(InterpreterChannel.LINK),
    )
    asked = rescue(actor=people.navigator.actor, visit=visit, help_=Help.LOANER)
    plain = [
        "enter",
        "prepare",
        "check",
        "door",
        "room",
        "call_me",
        "called",
        "after",
        "clinician_room",
        "note",
        "wrap_up",
        "files",
        "coverage",
        "practice",
        "emergency",
        "safety_step",
        "stills",
        "board",
    ]
    named = {f"visits:{name}": {"visit_id": visit.pk} for name in plain}
    return named | {
        "visits:interpreter_ask": {"visit_id": visit.pk},
        "visits:interpreter_decide": {"booking_id": booking.pk, "decision": "withdraw"},
        "visits:question": {"visit_id": visit.pk, "name": "reason"},
        "visits:photo": {"visit_id": visit.pk, "photo_id": photo.pk},
        "visits:remove_photo": {"visit_id": visit.pk, "photo_id": photo.pk},
        "visits:prepared_photo": {"visit_id": visit.pk, "photo_id": photo.pk},
        "visits:shared_file": {"visit_id": visit.pk, "file_id": shared.pk},
        "visits:do_rescue": {"visit_id": visit.pk, "help_": "hub_room"},
        "visits:close_request": {"rescue_id": asked.pk},
        "visits:decide": {"visit_id": visit.pk, "decision": "admit"},
    }
