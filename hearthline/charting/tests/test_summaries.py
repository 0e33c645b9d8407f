from io import BytesIO

from django.urls import reverse
from pypdf import PdfReader

from hearthline.charting import notes
from hearthline.charting.models import VisitSummary
from hearthline.charting.tests.conftest import Stage

PARTS = {
    "language": "es",
    "what_we_discussed": "Dolor de cabeza.",
    "what_to_do": "Tome agua. Descanse.",
    "medicines": "",
    "when_to_get_help": "Si empeora.",
    "follow_up": "",
}


def start(stage: Stage) -> VisitSummary:
    return notes.start_summary(actor=stage.people.physician.actor, encounter=stage.encounter)


def release(stage: Stage) -> VisitSummary:
    summary = start(stage)
    page = reverse("charting:summary_edit", args=[summary.id])
    answer = stage.people.physician.client.post(
        page, {**PARTS, "revision": summary.revision, "release": "yes"}
    )
    assert answer.status_code == 302
    summary.refresh_from_db()
    return summary


def test_the_patient_reads_it_only_after_release(stage: Stage) -> None:
    summary = start(stage)
    assert summary.language == "es"
    page = reverse("charting:summary", args=[summary.id])
    assert stage.people.patient.client.get(page).status_code == 404
    release(stage)
    shown = stage.people.patient.client.get(page)
    assert "Tome agua" in shown.content.decode()
    summary.refresh_from_db()
    assert summary.first_read_at is not None
    assert stage.people.caregiver.client.get(page).status_code == 404


def test_the_pdf_is_tagged_and_in_the_summarys_language(stage: Stage) -> None:
    summary = release(stage)
    answer = stage.people.patient.client.get(reverse("charting:summary_file", args=[summary.id]))
    assert answer["Content-Type"] == "application/pdf"
    reader = PdfReader(BytesIO(answer.content))
    catalog = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]  # type: ignore[index]
    assert catalog["/Lang"] == "es"  # type: ignore[index]
    assert "Tome agua" in reader.pages[0].extract_text()
    assert (
        stage.people.stranger.client.get(reverse("charting:summary_file", args=[summary.id])).status_code
        == 404
    )


def test_a_summary_without_what_to_do_is_kept_but_not_released(stage: Stage) -> None:
    summary = start(stage)
    page = reverse("charting:summary_edit", args=[summary.id])
    body = {**PARTS, "what_to_do": "", "revision": summary.revision, "release": "yes"}
    stage.people.physician.client.post(page, body)
    summary.refresh_from_db()
    assert summary.released_at is None
    assert summary.what_we_discussed == "Dolor de cabeza."


def test_a_stale_summary_overwrites_nothing(stage: Stage) -> None:
    summary = start(stage)
    page = reverse("charting:summary_edit", args=[summary.id])
    client = stage.people.physician.client
    client.post(page, {**PARTS, "revision": summary.revision, "save": "yes"})
    late = client.post(page, {**PARTS, "what_to_do": "Otro", "revision": summary.revision, "save": "yes"})
    assert late.status_code == 422
    assert "Otro" in late.content.decode()
    summary.refresh_from_db()
    assert summary.what_to_do == PARTS["what_to_do"]


def test_the_record_shows_the_patient_their_own_lists(stage: Stage) -> None:
    assert stage.people.patient.client.get(reverse("charting:record")).status_code == 200
    own = reverse("charting:record_of", args=[stage.patient.id])
    assert stage.people.patient.client.get(own).status_code == 200
    assert stage.people.caregiver.client.get(own).status_code == 404
    assert stage.people.physician.client.get(own).status_code == 403


def test_templates_are_kept_by_the_administrator(stage: Stage) -> None:
    client = stage.people.administrator.client
    add = reverse("charting:add_template")
    assert (
        client.post(add, {"name": "Headache", "subjective": "Onset:", "is_active": "on"}).status_code == 302
    )
    assert client.post(add, {"name": "Headache", "is_active": "on"}).status_code == 422
    assert "Headache" in client.get(reverse("charting:templates")).content.decode()
    assert stage.people.physician.client.get(add).status_code == 403
