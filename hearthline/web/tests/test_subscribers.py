from hearthline.charting import notes
from hearthline.charting.events import SummaryReleased
from hearthline.charting.tests.conftest import make_stage
from hearthline.fleet.incident_rules import Cause
from hearthline.fleet.models import IncidentFault
from hearthline.foundation import clock
from hearthline.messaging.models import Notification
from hearthline.messaging.notices import notices_for
from hearthline.visits.events import PatientWantsCall, TechnologyFailed
from hearthline.visits.services.rating import rate
from hearthline.visits.tests.stage import make_visit
from hearthline.web.subscribers import technology_failed, tell_of_summary, tell_of_wanted_call
from tests.people import People


def test_a_released_summary_is_told_once(people: People) -> None:
    stage = make_stage(people)
    summary = notes.start_summary(actor=people.physician.actor, encounter=stage.encounter)
    event = SummaryReleased(
        organization_id=people.organization.id,
        summary_id=summary.id,
        encounter_id=stage.encounter.id,
        patient_id=stage.patient.id,
    )
    tell_of_summary(event)
    tell_of_summary(event)
    assert [row.template for row in Notification.objects.all()] == ["summary.ready"]


def test_a_wanted_call_is_told_to_the_clinician_and_navigators(people: People) -> None:
    stage = make_visit(people)
    tell_of_wanted_call(
        PatientWantsCall(
            organization_id=people.organization.id,
            visit_id=stage.visit.id,
            patient_id=stage.visit.patient_id,
            wanted_at=clock.now(),
        )
    )
    for role in ("physician", "navigator"):
        assert notices_for(getattr(people, role).actor).count() == 1, role
    for role in ("nurse", "specialist"):
        assert notices_for(getattr(people, role).actor).count() == 0, role


def test_bad_technology_opens_a_fault_with_figures_and_nobodys_words(people: People) -> None:
    stage = make_visit(people)
    answers = {"care": 5, "technology": 1, "faults": ["no_sound", "dropped"], "comment": "my chest hurts"}
    rating = rate(actor=people.patient.actor, visit=stage.visit, answers=answers)
    event = TechnologyFailed(
        organization_id=people.organization.id,
        visit_id=stage.visit.id,
        rating_id=rating.pk,
        rated_at=rating.rated_at,
    )
    technology_failed(event)
    technology_failed(event)
    fault = IncidentFault.objects.get()
    assert fault.incident.cause == Cause.CALL_QUALITY
    assert fault.detail == "role patient; rated 1 of 5; said no_sound, dropped"
    assert notices_for(people.technician.actor).count() == 1
