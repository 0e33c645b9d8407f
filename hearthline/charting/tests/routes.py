"""Real objects for the walk over every route."""

from io import BytesIO
from typing import Any

from hearthline.charting import notes, services
from hearthline.charting.models import Document, NoteTemplate, Problem
from hearthline.charting.results.tests import routes as of_results
from hearthline.charting.tests.conftest import make_stage
from hearthline.foundation.blobs import store
from tests.people import People


def arguments(people: People) -> dict[str, dict[str, Any]]:
    """Return arguments for this package's routes."""
    stage = make_stage(people)
    actor, patient = people.physician.actor, stage.patient
    note = notes.start_note(actor=actor, encounter=stage.encounter)
    summary = notes.start_summary(actor=actor, encounter=stage.encounter)
    problem = Problem(title="Walk")
    services.save_item(actor=actor, patient=patient, item=problem)
    document = services.add_document(
        actor=actor,
        patient=patient,
        kind=Document.Kind.OTHER,
        title="Walk",
        blob=store(people.organization.id, BytesIO(b"walk"), "application/pdf"),
    )
    template = NoteTemplate.objects.create(organization_id=people.organization.id, name="Walk")
    of_patient = {"patient_id": patient.id}
    of_problem = {**of_patient, "listed": "problems", "item_id": problem.id}
    return {
        **of_results.arguments(people),
        "charting:chart": of_patient,
        "charting:encounters": of_patient,
        "charting:add_item": {**of_patient, "listed": "allergies"},
        "charting:review": {**of_patient, "listed": "problems"},
        "charting:edit_item": of_problem,
        "charting:mark_in_error": of_problem,
        "charting:add_vital": of_patient,
        "charting:vitals": {**of_patient, "kind": "pulse"},
        "charting:add_document": of_patient,
        "charting:start_note": {"encounter_id": stage.encounter.id},
        "charting:start_summary": {"encounter_id": stage.encounter.id},
        "charting:note": {"note_id": note.id},
        "charting:addendum": {"note_id": note.id},
        "charting:discard_note": {"note_id": note.id},
        "charting:summary_edit": {"summary_id": summary.id},
        "charting:summary_file": {"summary_id": summary.id},
        "charting:document": {"document_id": document.id},
        "charting:record_of": of_patient,
        "charting:summary": {"summary_id": summary.id},
        "charting:own_note": {"note_id": note.id},
        "charting:template": {"template_id": template.id},
    }
