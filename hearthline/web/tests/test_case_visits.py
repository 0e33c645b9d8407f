"""A visit opened from a case: now, in the clinician's room, its minutes on the case; and photos taken at a hub."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from hearthline.consults.models import CaseVisit, Consult, WantedPhoto, WorkTime
from hearthline.consults.services import reading
from hearthline.consults.tests.stage import CaseStage, as_person, ask, ask_unassigned, grant, make_stage
from hearthline.directory.models import Practitioner
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.imaging.intake.models import Capture
from hearthline.imaging.intake.tests.stage import make_photographed
from hearthline.monitoring.triage.services.time import count
from hearthline.scheduling.models import Service, ServiceOffer
from hearthline.visits.choices import VisitState
from hearthline.visits.events import VisitEnded
from hearthline.visits.models import Visit
from hearthline.web.subscribers import count_on_case
from hearthline.web.tests.test_homes import book
from tests.people import People


@pytest.fixture
def stage(people: People) -> CaseStage:
    return make_stage(people)


def line_of(stage: CaseStage) -> dict[str, Any]:
    service = Service.objects.create(
        organization_id=stage.people.organization.id,
        names={"en": "Call"},
        duration_minutes=20,
        modes=["video", "phone"],
        takes_walk_ins=True,
        needs_licence=False,
    )
    ServiceOffer.objects.create(
        organization_id=service.organization_id,
        service=service,
        practitioner=Practitioner.objects.get(membership=stage.asker.membership),
    )
    return {
        "service": service.pk,
        "site": stage.people.site.pk,
        "mode": "video",
        "location_jurisdiction": "US-TX",
        "location_place": "home",
    }


def test_a_clinician_opens_a_visit_and_its_minutes_count_on_the_case(stage: CaseStage) -> None:
    consult = ask(stage)
    page = reverse("web:case_visit", args=[consult.pk])
    assert page in stage.asker.client.get(reverse("consults:case", args=[consult.pk])).content.decode()
    assert stage.asker.client.post(page, {}).status_code == 422
    led = stage.asker.client.post(page, line_of(stage))
    visit = Visit.objects.get()
    assert led.headers["Location"] == reverse("visits:clinician_room", args=[visit.pk])
    assert CaseVisit.objects.get().consult_id == consult.pk
    begun = clock.now()
    Visit.objects.filter(pk=visit.pk).update(
        state=VisitState.ENDED, started_at=begun, ended_at=begun + timedelta(minutes=12)
    )
    event = VisitEnded(
        organization_id=visit.organization_id,
        visit_id=visit.pk,
        patient_id=visit.patient_id,
        practitioner_id=visit.practitioner_id,
        ended_at=begun + timedelta(minutes=12),
    )
    count_on_case(event)
    count_on_case(event)  # told twice, it counts once
    entry = WorkTime.objects.get(consult=consult)
    assert (entry.active_seconds, entry.user_id, entry.is_reader) == (12 * 60, stage.asker.user.id, False)


def test_a_reader_elsewhere_opens_no_visit(stage: CaseStage) -> None:
    consult = ask_unassigned(stage)
    grant(stage, consult)
    page = reverse("web:case_visit", args=[consult.pk])
    for person in (stage.outside, stage.people.stranger, stage.people.navigator):
        assert person.client.get(page).status_code in (403, 404)
    assert page not in stage.outside.client.get(reverse("consults:case", args=[consult.pk])).content.decode()


def test_an_attendant_takes_the_photo_that_a_case_waits_for_and_sees_no_case(stage: CaseStage) -> None:
    make_photographed(stage.people)
    consult = ask(stage)
    with as_person(stage.reader) as actor:
        reading.begin(actor, consult=consult)
        place = {"body_site": "arm", "laterality": "L", "view": "close"}
        reading.ask_more(actor, consult=consult, text="Closer", photo=place)
    appointment = book(stage.people, stage.patient, 0, location_place="hub")
    attendant = stage.people.attendant
    page = reverse("web:hub_photos", args=[appointment.pk])
    assert page in attendant.client.get(reverse("web:hub")).content.decode()
    assert "Arm, Left" in attendant.client.get(page).content.decode()
    assert stage.people.stranger.client.get(page).status_code in (403, 404)
    said = {"body_site": "arm", "laterality": "L", "chaperone": "not_needed", "key": str(new_id())}
    led = attendant.client.post(page, said).headers["Location"]
    capture = Capture.objects.get()
    assert (WantedPhoto.objects.get().capture_id, capture.site_id) == (capture.pk, stage.people.site.pk)
    assert attendant.client.get(led).status_code == 200
    for name in ("consults:case", "consults:photos", "consults:add"):
        assert attendant.client.get(reverse(name, args=[consult.pk])).status_code in (403, 404)
    assert Consult.objects.get(pk=consult.pk).status == "waiting"


def test_half_a_minute_counts_for_a_case_or_for_a_monitored_person_never_for_both(stage: CaseStage) -> None:
    consult = ask(stage)
    with as_person(stage.reader) as actor:
        start = clock.now()
        for seconds in (30, 60):
            with clock.frozen(start + timedelta(seconds=seconds)):
                reading.count(actor, consult=consult, seconds=30)
        with clock.frozen(start + timedelta(seconds=70)):
            entry = count(actor=actor, patient=stage.patient, seconds=30)
        with clock.frozen(start + timedelta(seconds=75)):
            work = reading.count(actor, consult=consult, seconds=30)
    assert entry is not None
    assert (entry.active_seconds, entry.starts_at) == (10, start + timedelta(seconds=60))
    assert work is not None
    assert (work.active_seconds, WorkTime.objects.count()) == (5, 2)
