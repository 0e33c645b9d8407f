from hearthline.charting import notes
from hearthline.charting.events import SummaryReleased
from hearthline.charting.tests.conftest import make_stage
from hearthline.foundation import clock
from hearthline.messaging.models import Notification
from hearthline.messaging.notices import notices_for
from hearthline.visits.events import PatientWantsCall
from hearthline.visits.tests.stage import make_visit
from hearthline.web.subscribers import tell_of_summary, tell_of_wanted_call
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
