"""Real objects for the walk over every route."""

from typing import Any

from hearthline.imaging.intake.tests.stage import make_capture, make_file
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    capture = make_capture(people)
    sets = {"capture_id": capture.pk}
    return {
        "intake:sets": {"patient_id": capture.patient_id},
        "intake:album": {"patient_id": capture.patient_id},
        "intake:capture": sets,
        "intake:words": sets,
        "intake:sent": sets,
        "intake:states": sets,
        "intake:file": {"file_id": make_file(people).pk, "form": "thumbnail"},
    }
