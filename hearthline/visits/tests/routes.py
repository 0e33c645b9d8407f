"""Objects to visit the pages of visits with."""

from typing import Any

from hearthline.directory.models import Consent
from hearthline.directory.models.consents import ConsentKind
from hearthline.imaging.intake.choices import Source
from hearthline.imaging.intake.models import File
from hearthline.imaging.intake.tests.stage import make_text
from hearthline.scheduling.models import Requirement
from hearthline.visits.choices import ExaminationDevice, Help, InterpreterChannel
from hearthline.visits.models import Board, PreparationPhoto, SharedFile, Still
from hearthline.visits.services.interpreters import Asked, request_interpreter
from hearthline.visits.services.rescuing import rescue
from hearthline.visits.tests.stage import Stage, make_visit
from tests.people import People


def make_still(people: People, stage: Stage) -> Still:
    """Return a still that nobody has proved yet."""
    organization_id, patient = people.organization.id, stage.visit.patient
    consent = Consent.objects.create(
        organization_id=organization_id,
        patient=patient,
        text=make_text(people),
        kind=ConsentKind.PHOTOS,
        method=Consent.Method.PORTAL,
        signer_name="Rosa Delgado",
        signer_relationship=Consent.Relationship.SELF,
    )
    file = File.objects.create(
        organization_id=organization_id,
        patient=patient,
        source=Source.FORM,
        key="a-still",
        sha256="0" * 64,
        size_bytes=1,
    )
    return Still.objects.create(
        organization_id=organization_id,
        visit=stage.visit,
        participant=stage.participant(people.patient),
        file=file,
        consent=consent,
        device=ExaminationDevice.OTOSCOPE,
        key="a-still",
    )


def shown_arguments(people: People, stage: Stage, shared: SharedFile) -> dict[str, dict[str, Any]]:
    """Return the arguments of what is shown to all in a visit."""
    visit = stage.visit
    board = Board.objects.create(
        organization_id=visit.organization_id, visit=visit, file=shared, opened_by=shared.participant
    )
    still = make_still(people, stage)
    return {
        "visits:board_picture": {"visit_id": visit.pk, "board_id": board.pk},
        "visits:keep_board": {"visit_id": visit.pk, "board_id": board.pk},
        "visits:still": {"visit_id": visit.pk, "still_id": still.pk, "form": "preview"},
        "visits:remove_still": {"visit_id": visit.pk, "still_id": still.pk},
    }


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
        **shown_arguments(people, stage, shared),
        "visits:do_rescue": {"visit_id": visit.pk, "help_": "hub_room"},
        "visits:close_request": {"rescue_id": asked.pk},
        "visits:decide": {"visit_id": visit.pk, "decision": "admit"},
    }
