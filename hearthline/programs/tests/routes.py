"""Real objects for the walk over every route."""

from typing import Any

from hearthline.programs.definitions import shipped_content
from hearthline.programs.drafts import begin_draft
from hearthline.programs.lending import lend
from hearthline.programs.tests.stage import make_enrollment, ready_asset
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    enrollment = make_enrollment(people)
    assignment = lend(people.nurse.actor, enrollment=enrollment, asset_id=ready_asset(people).pk)
    one = {"enrollment_id": enrollment.pk}
    patient = {"patient_id": enrollment.episode.monitored.patient_id}
    draft = begin_draft(people.nurse.actor, content=shipped_content()["hypertension"])
    of_draft = {"draft_id": draft.pk}
    routes = ("enrollment", "consent", "lend", "set_up", "limits", "review")
    return {
        "programs:patient": patient,
        "programs:enroll": patient,
        **{f"programs:{name}": one for name in routes},
        **{
            f"programs:{name}": of_draft
            for name in ("draft", "draft_about", "draft_phases", "approve_draft", "drop_draft")
        },
        "programs:draft_phase": {**of_draft, "code": "baseline"},
        "programs:take_back": {**one, "device_id": assignment.device_id},
        "programs:task": {**one, "code": "call-first-week"},
        "programs:lesson": {**one, "code": "how-to-measure"},
    }
