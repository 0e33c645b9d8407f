from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hearthline.directory.access import today_in
from hearthline.directory.models import Patient
from hearthline.directory.tests.stage import make_caregiver, make_patient, make_practitioner, treat
from hearthline.fleet.events import PlacementEnded
from hearthline.fleet.models import Asset, Placement
from hearthline.fleet.rules import State
from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Rule
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services import rulebook
from hearthline.monitoring.episodes.models import Episode
from hearthline.monitoring.episodes.tests.stage import agree, make_treated, monitoring_text, set_up
from hearthline.monitoring.home.queries import next_task_of
from hearthline.monitoring.readings.models import DeviceAssignment, Reading
from hearthline.programs import services
from hearthline.programs.chain import Step
from hearthline.programs.definitions import shipped_content
from hearthline.programs.lending import lend, take_back
from hearthline.programs.models import DoneTask, Enrollment, Program, ProgramReview, ReadLesson
from hearthline.programs.queries import Limit, Standing, limits_of, standings
from hearthline.programs.services import Order, adopt_program, enroll
from hearthline.programs.subscribers import end_measuring
from hearthline.programs.tests.stage import (
    adopt,
    make_enrollment,
    measure,
    ready_asset,
    rules_in_force,
)
from hearthline.tenancy.context import acting_in
from tests.people import People

PLAIN_PATHS = ("consent/", "lend/", "set-up/", "limits/", "review/", "tasks/call-first-week/")


def standing(enrollment: Enrollment) -> Standing:
    fresh = Enrollment.objects.select_related("program", "episode__monitored__patient").get(pk=enrollment.pk)
    (found,) = standings([fresh])
    return found


def lent(people: People, enrollment: Enrollment, serial: str = "SN-1") -> DeviceAssignment:
    return lend(people.nurse.actor, enrollment=enrollment, asset_id=ready_asset(people, serial).pk)


def test_it_goes_the_whole_way_through_the_pages(people: People) -> None:
    patient = make_treated(people)
    doctor, nurse = people.physician.client, people.nurse.client
    assert doctor.post("/programs/catalogue/hypertension/adopt/").status_code == 303
    order = {"program": str(Program.objects.get().pk), "reason": "Pressure of 150", "is_established": "on"}
    page = doctor.post(f"/programs/of/{patient.pk}/enroll/", order)["Location"]
    enrollment = Enrollment.objects.get()
    steps = [standing(enrollment).step]
    text = monitoring_text(people)
    consent = {"text": str(text.pk), "signer_name": "Rosa Delgado", "signer_relationship": "self"}
    today = today_in(people.organization.id)
    for path, values in (
        ("consent/", consent),
        ("lend/", {"asset": str(ready_asset(people).pk)}),
        ("set-up/", {"on": today.isoformat(), "has_medical_device": "on"}),
    ):
        assert nurse.post(page + path, values).status_code == 303
        steps.append(standing(enrollment).step)
    assert b"Waiting for the first value" in nurse.get(page).content
    assignment = DeviceAssignment.objects.get()
    DeviceAssignment.objects.update(starts_at=clock.now() - timedelta(days=9))
    Episode.objects.update(ordered_on=today - timedelta(days=9), set_up_on=today - timedelta(days=9))
    for days in (3, 2):
        measure(assignment, [clock.now() - timedelta(days=days)])
        steps.append(standing(enrollment).step)
    measure(assignment, [clock.now() - timedelta(days=1)])
    steps.append(standing(enrollment).step)
    assert b"Approve the limits" in doctor.get(page).content
    assert b"Approve the limits" not in nurse.get(page).content
    refused = doctor.post(page + "limits/")
    assert refused.status_code == 422
    assert b"Not in force yet: systolic-severe" in refused.content
    rules_in_force(people)
    assert doctor.post(page + "limits/").status_code == 303
    steps.append(standing(enrollment).step)
    end = {"decision": "end", "end_reason": "goal", "note": "Reached 125"}
    assert doctor.post(page + "review/", end).status_code == 303
    steps.append(standing(enrollment).step)
    assert nurse.post(f"{page}devices/{assignment.device_id}/back/").status_code == 303
    steps.append(standing(enrollment).step)
    assert steps == [
        Step.CONSENT,
        Step.DEVICE,
        Step.SET_UP,
        Step.FIRST_READING,
        Step.BASELINE,
        Step.BASELINE,
        Step.LIMITS,
        Step.MONITORING,
        Step.RETURN,
        Step.CLOSED,
    ]
    assert Asset.objects.get().state == State.RETURNED
    assert b"Reached 125" in doctor.get(page).content


def test_a_program_is_adopted_by_who_prescribes(people: People) -> None:
    for role in ("nurse", "navigator"):
        assert getattr(people, role).client.get("/programs/catalogue/").status_code == 200
        assert getattr(people, role).client.post("/programs/catalogue/hypertension/adopt/").status_code == 403
    assert people.physician.client.post("/programs/catalogue/nothing/adopt/").status_code == 404
    first = adopt(people)
    assert adopt(people) == first
    second = shipped_content()["hypertension"] | {"version": 2}
    adopt_program(people.physician.actor, content=second)
    assert list(Program.objects.filter(retired_at=None).values_list("version", flat=True)) == [2]
    with pytest.raises(ValidationError):
        adopt_program(people.physician.actor, content=second | {"source": "Another"})
    assert adopt(people).retired_at is None


def test_a_person_is_in_one_program(people: People) -> None:
    enrollment = make_enrollment(people)
    patient = enrollment.episode.monitored.patient
    assert make_enrollment(people, patient) == enrollment
    with pytest.raises(ValidationError, match="another program"):
        make_enrollment(people, patient, "heart-failure")
    retired = enrollment.program
    retired.retired_at = clock.now()
    with pytest.raises(ValidationError, match="nobody new"):
        enroll(
            people.physician.actor, patient=patient, program=retired, order=Order("x", is_established=True)
        )


def test_a_phase_brings_its_plan(people: People) -> None:
    enrollment = make_enrollment(people)
    with clock.frozen(clock.now() + timedelta(days=8)):
        services.review(
            people.nurse.actor,
            enrollment=enrollment,
            decision=ProgramReview.Decision.NEXT_PHASE,
            note="Good values",
        )
    enrollment.refresh_from_db()
    assert enrollment.phase == "treatment"
    old, new = enrollment.episode.planned.all()
    assert old.ends_on == new.starts_on - timedelta(days=1)
    assert (old.weekdays, new.weekdays) == (list(range(7)), [0, 2, 4])
    services.review(
        people.nurse.actor, enrollment=enrollment, decision=ProgramReview.Decision.NEXT_PHASE, note="On"
    )
    with pytest.raises(ValidationError, match="last phase"):
        services.review(
            people.nurse.actor, enrollment=enrollment, decision=ProgramReview.Decision.NEXT_PHASE, note="On"
        )


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("consent/", {"signer_name": "Rosa"}),
        ("lend/", {"asset": "x"}),
        ("set-up/", {"on": "1999-01-01"}),
        ("set-up/", {"on": "soon"}),
        ("review/", {"decision": "end", "note": "Done"}),
        ("review/", {"decision": "fly", "note": "Done"}),
        ("review/", {"decision": "go_on", "note": ""}),
        ("tasks/of-nobody/", {}),
    ],
)
def test_what_is_wrong_is_said_on_the_page(people: People, path: str, values: dict[str, str]) -> None:
    enrollment = make_enrollment(people)
    response = people.physician.client.post(f"/programs/{enrollment.pk}/{path}", values)
    assert response.status_code == 422
    assert b"error-summary" in response.content
    assert not ProgramReview.objects.exists()


def test_a_task_is_done_once(people: People) -> None:
    enrollment = make_enrollment(people)
    for _twice in range(2):
        path = f"/programs/{enrollment.pk}/tasks/call-first-week/"
        assert people.navigator.client.post(path).status_code == 303
    assert DoneTask.objects.get().done_by == people.navigator.user


def test_strangers_and_others_find_nothing(people: People) -> None:
    enrollment = make_enrollment(people)
    make_practitioner(people.specialist, "Varga")
    patient_id = enrollment.episode.monitored.patient_id
    page = f"/programs/{enrollment.pk}/"
    for role in ("specialist", "administrator", "technician", "auditor", "attendant", "patient", "stranger"):
        client = getattr(people, role).client
        assert client.get(page).status_code in {403, 404}, role
        assert client.get(f"/programs/of/{patient_id}/").status_code in {403, 404}, role
        for path in PLAIN_PATHS:
            assert client.post(page + path).status_code in {403, 404}, role
    assert b"Delgado" not in people.specialist.client.get("/programs/").content
    assert b"Delgado" in people.nurse.client.get("/programs/").content


def test_a_lent_device_measures_its_person_and_nobody_before_or_after(people: People) -> None:
    first = make_enrollment(people)
    before = clock.now() - timedelta(hours=1)
    assignment = lent(people, first)
    measure(assignment, [before])
    assert not Reading.objects.exists()
    take_back(people.nurse.actor, enrollment=first, device_id=assignment.device_id)
    measure(assignment, [clock.now() + timedelta(seconds=1)])
    assert not Reading.objects.exists()
    with pytest.raises(ValidationError, match="does not have"):
        take_back(people.nurse.actor, enrollment=first, device_id=assignment.device_id)
    asset = Asset.objects.get()
    with pytest.raises(ValidationError, match="not ready"):
        lend(people.nurse.actor, enrollment=first, asset_id=asset.pk)


def test_what_comes_back_to_the_store_ends_the_measuring(people: People) -> None:
    enrollment = make_enrollment(people)
    assignment = lent(people, enrollment)
    placement = Placement.objects.get()
    end_measuring(
        PlacementEnded(
            organization_id=people.organization.id, reference=placement.reference, ended_at=clock.now()
        )
    )
    assignment.refresh_from_db()
    assert assignment.ends_at is not None


def test_the_keepers_of_things_never_learn_whose_they_are(people: People) -> None:
    lent(people, make_enrollment(people))
    asset = Asset.objects.get()
    page = people.technician.client.get(f"/fleet/{asset.pk}/").content.decode()
    assert "In use" in page
    assert "Delgado" not in page


def test_a_patient_reads_lessons(people: People) -> None:
    enrollment = make_enrollment(people)
    client = people.patient.client
    page = client.get("/care/programs/").content.decode()
    assert "High blood pressure" in page
    assert "How to take your blood pressure" in page
    assert "Less salt" not in page  # of a later phase
    path = f"/care/programs/{enrollment.pk}/lessons/how-to-measure/"
    assert client.post(path).status_code == 303
    assert client.post(path).status_code == 303
    assert ReadLesson.objects.count() == 1
    assert client.post(f"/care/programs/{enrollment.pk}/lessons/nothing/").status_code == 404


@pytest.mark.parametrize("may_see", [True, False])
def test_a_caregiver_sees_it_with_the_record(people: People, may_see: bool) -> None:
    enrollment = make_enrollment(people)
    make_caregiver(enrollment.episode.monitored.patient, people.caregiver, may_see_record=may_see)
    page = people.caregiver.client.get("/care/programs/").content
    assert (b"High blood pressure" in page) is may_see
    path = f"/care/programs/{enrollment.pk}/lessons/how-to-measure/"
    assert people.caregiver.client.post(path).status_code == (303 if may_see else 404)


def test_another_patient_reads_nothing_of_it(people: People) -> None:
    treated = make_treated(people)
    other = make_patient(people, "Ann", "Lee")
    enrollment = make_enrollment(people, treated)
    enrollment.episode.monitored.patient = other
    enrollment.episode.monitored.save()
    assert b"High blood pressure" not in people.patient.client.get("/care/programs/").content
    with pytest.raises(PermissionDenied):
        services.read_lesson(people.patient.actor, enrollment=enrollment, lesson="how-to-measure")


def enroll_some(people: People, program: Program, numbers: range) -> None:
    for number in numbers:
        patient = make_patient(people, f"Person {number:02}")
        treat(patient, make_practitioner(people.physician))
        order = Order("x", is_established=False)
        enroll(people.physician.actor, patient=patient, program=program, order=order)


def test_the_board_is_paged_and_asks_no_more_for_many_than_for_few(people: People) -> None:
    program, client = adopt(people), people.physician.client
    make_treated(people)
    enroll_some(people, program, range(2))
    client.get("/programs/")
    with CaptureQueriesContext(connection) as few:
        client.get("/programs/")
    enroll_some(people, program, range(2, 27))
    with CaptureQueriesContext(connection) as many:
        first = client.get("/programs/").content
    assert len(many) == len(few)
    assert first.count(b"<tr><th") == 26  # with the head
    assert client.get("/programs/?page=2&program=hypertension").content.count(b"<tr><th") == 3
    assert b"Nobody here" in client.get("/programs/?show=ended").content


def test_adherence_is_of_the_last_seven_whole_days(people: People) -> None:
    enrollment = make_enrollment(people)
    agree(people, enrollment.episode)
    assignment = lent(people, enrollment)
    set_up(people, enrollment.episode)
    DeviceAssignment.objects.update(starts_at=clock.now() - timedelta(days=30))
    enrollment.episode.planned.update(starts_on=today_in(people.organization.id) - timedelta(days=30))
    morning = datetime.combine(today_in(people.organization.id), time(14), UTC)  # 8 or 9 o'clock in Chicago
    measure(assignment, [morning - timedelta(days=days) for days in (1, 2, 3, 20)])
    found = standing(enrollment).adherence
    assert (found.came, found.awaited) == (3, 14)


def test_other_organizations_programs_are_their_own(people: People) -> None:
    adopt(people)
    with acting_in(people.other_organization.id):
        assert not Program.objects.exists()


def test_what_a_program_plans_is_what_the_patient_is_asked(people: People) -> None:
    enrollment = make_enrollment(people)
    monitored = enrollment.episode.monitored
    morning = datetime.combine(clock.now().date(), time(14), UTC)  # 8 or 9 in the morning in Chicago
    with clock.frozen(morning):
        task = next_task_of(monitored)
    assert task is not None
    assert (task.kind.key, task.done, task.wanted) == ("blood-pressure", 0, 2)
    sensor = make_enrollment(people, make_monitored(people), "diabetes-cgm")
    assert next_task_of(sensor.episode.monitored) is None


def make_monitored(people: People) -> Patient:
    patient = make_patient(people, "Ann", "Lee")
    treat(patient, make_practitioner(people.physician))
    return patient


def test_a_persons_own_limit_stands_before_the_common_one(people: People) -> None:
    enrollment = make_enrollment(people)
    rules_in_force(people)
    common = Rule.objects.get(code="systolic-severe")
    assert [(one.code, one.is_own) for one in limits_of(enrollment)] == [
        ("systolic-severe", False),
        ("diastolic-severe", False),
        ("systolic-low", False),
        ("systolic-too-few", False),
    ]
    own = rulebook.write_rule(
        actor=people.physician.actor,
        code=common.code,
        label=common.label,
        severity=Severity.DANGER,
        settings=common.settings | {"limit": 170, "clear": 160},
        source="Dr. Lindqvist",
        reason="Had a stroke",
        monitored=enrollment.episode.monitored,
    )
    rulebook.approve_rule(actor=people.physician.actor, rule=own)
    assert limits_of(enrollment)[0] == Limit("systolic-severe", own)
    page = people.nurse.client.get(f"/programs/{enrollment.pk}/").content
    assert b"This person only" in page
