"""The worklist and a case, through the door."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hearthline.directory.models import OrganizationPolicy, Patient
from hearthline.directory.tests.stage import watch_audit
from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Alert, Case, Snooze, Suppression
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.tests.stage import (
    HIGH_GLUCOSE,
    LOW_GLUCOSE,
    Home,
    after,
    in_force,
    make_home,
)
from hearthline.monitoring.readings.models import MonitoredPatient, MonitoringPause
from hearthline.monitoring.triage.models import TimeEntry
from hearthline.monitoring.triage.queries import PAGE_SIZE, open_cases, worklist_for
from tests.people import People

WORKLIST = "/monitoring/"
BATCH = 1000


@pytest.fixture
def case(home: Home, people: People) -> Case:
    in_force(people, HIGH_GLUCOSE, code="high", severity=Severity.DANGER)
    home.send((0, 255), (5, 260))
    return Case.objects.get()


def page(people: People, who: str = "nurse", query: str = "") -> str:
    answer = people.by_role[who].client.get(WORKLIST + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def url(name: str, case: Case, **more: Any) -> str:
    return reverse(f"triage:{name}", kwargs={"case_id": case.pk, **more})


def names(people: People, box: str = "all") -> list[str]:
    return [row.name for row in worklist_for(people.nurse.actor, box=box).rows]


def test_the_worst_comes_first_with_its_reason_and_clock(people: People, home: Home) -> None:
    other, third = make_home(people, "Ada"), make_home(people, "Bea")
    in_force(people, HIGH_GLUCOSE, code="high", severity=Severity.WATCH)
    in_force(people, LOW_GLUCOSE, code="low", severity=Severity.DANGER)
    home.send((0, 260))
    third.send((1, 261))
    other.send((10, 50))
    with clock.frozen(after(12)):
        assert names(people) == ["Ada Delgado", "Rosa Delgado", "Bea Delgado"]
        html = page(people)
    assert "Glucose 50 mg/dL, limit 54 mg/dL" in html
    assert "Dangerous, and nobody has taken it" in html
    assert html.index("Ada") < html.index("Bea")


def test_an_empty_list_teaches(people: People) -> None:
    assert "Nobody needs a look now" in page(people)


def test_taking_a_case_ends_its_interruption(people: People, case: Case) -> None:
    answer = people.nurse.client.post(url("claim", case))
    assert answer.headers["location"] == f"/monitoring/cases/{case.pk}/"
    assert "Dangerous, and nobody has taken it" not in page(people)
    refused = people.navigator.client.post(url("claim", case))
    assert refused.status_code == 422
    assert "Someone else has taken this case" in refused.content.decode()
    assert names(people, "mine") == ["Rosa Delgado"]
    assert names(people, "free") == []


def test_a_case_shows_what_happened_and_its_reading_is_audited(
    people: People, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = watch_audit(monkeypatch)
    html = people.nurse.client.get(url("case", case)).content.decode()
    for words in ("Glucose 255 mg/dL, limit 250 mg/dL", "Raised", "Take it", "Test"):
        assert words in html
    assert [(one.action, one.patient_id) for one in written] == [("case.read", case.monitored.patient_id)]


def test_closing_asks_for_words_and_ends_it(people: People, case: Case) -> None:
    client = people.nurse.client
    client.post(url("claim", case))
    empty = client.post(url("close", case), {"comment": " "})
    assert (empty.status_code, Case.objects.get().closed_at) == (422, None)
    done = client.post(url("close", case), {"comment": "Called, feels well."})
    assert done.headers["location"] == WORKLIST
    assert names(people) == []
    assert "Called, feels well." in client.get(url("case", case)).content.decode()


def test_a_snooze_hides_it_from_one_person_only_and_not_what_is_new(
    people: People, case: Case, home: Home
) -> None:
    client = people.nurse.client
    address = url("snooze", case, alert_id=Alert.objects.get().pk)
    refused = client.post(address, {"minutes": 480})
    assert (refused.status_code, Snooze.objects.count()) == (422, 0)
    assert client.post(address, {"minutes": 60}).status_code == 302
    assert names(people) == []
    assert open_cases(people.navigator.actor).count() == 1
    in_force(people, LOW_GLUCOSE, code="low", severity=Severity.DANGER)
    home.send((10, 50))
    assert names(people) == ["Rosa Delgado"]


def test_holding_back_and_resting_have_an_end(people: People, case: Case) -> None:
    client = people.nurse.client
    assert client.post(url("suppress", case), {"reason": "known", "hours": 9999}).status_code == 422
    assert client.post(url("pause", case), {"reason": "travel", "days": 0}).status_code == 422
    assert not Suppression.objects.exists()
    assert client.post(url("suppress", case), {"reason": "known", "hours": 24}).status_code == 302
    assert client.post(url("pause", case), {"reason": "travel", "days": 7}).status_code == 302
    lasting = Suppression.objects.get().ends_at - clock.now()
    assert timedelta(hours=23) < lasting <= timedelta(hours=24)
    assert MonitoringPause.objects.get().reason == "travel"


def test_time_is_counted_by_the_page_and_confirmed_by_its_person(people: People, case: Case) -> None:
    client = people.nurse.client
    assert client.post(url("beat", case), {"seconds": "many"}).status_code == 422
    assert client.post(url("beat", case), {"seconds": 20}).status_code == 204
    entry = TimeEntry.objects.get()
    assert (entry.case, entry.patient, entry.user) == (case, case.monitored.patient, people.nurse.user)
    assert "Rosa Delgado" in client.get("/monitoring/time/").content.decode()
    client.post("/monitoring/time/confirm/", {"entry": [str(entry.pk)]})
    entry.refresh_from_db()
    assert entry.attested_at is not None
    assert people.physician.client.get(f"/monitoring/time/{entry.pk}/").status_code == 404


def test_a_correction_without_a_reason_is_asked_for_one(people: People, case: Case) -> None:
    client = people.nurse.client
    client.post(url("beat", case), {"seconds": 30})
    entry = TimeEntry.objects.get()
    address = f"/monitoring/time/{entry.pk}/"
    assert client.post(address, {"minutes": 0, "reason": ""}).status_code == 422
    assert client.post(address, {"minutes": 0, "reason": "Wrong person"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.active_seconds, entry.edit_reason) == (0, "Wrong person")


def test_a_talk_is_noted_as_live(people: People, case: Case) -> None:
    people.nurse.client.post(url("contact", case), {"minutes": 4})
    assert TimeEntry.objects.get().is_live_contact


@pytest.mark.parametrize(
    "who", ["patient", "caregiver", "administrator", "technician", "attendant", "auditor"]
)
def test_only_the_care_team_sees_the_list(people: People, case: Case, who: str) -> None:
    client = people.by_role[who].client
    assert client.get(WORKLIST).status_code in (403, 404)
    assert client.get(url("case", case)).status_code in (403, 404)


def test_a_nurse_without_a_relationship_sees_nobody_where_the_clinic_wants_it_so(
    people: People, case: Case
) -> None:
    OrganizationPolicy.objects.update_or_create(
        organization_id=people.organization.id, defaults={"nurses_see_all_patients": False}
    )
    assert "Nobody needs a look now" in page(people)
    assert people.nurse.client.get(url("case", case)).status_code == 404
    assert people.stranger.client.get(url("case", case)).status_code == 404


def make_many(people: People, count: int) -> None:
    """Make many open cases at once, each with its alert."""
    organization_id = people.organization.id
    rule = in_force(people, HIGH_GLUCOSE, code="many")
    patients = Patient.objects.bulk_create(
        [
            Patient(
                organization_id=organization_id,
                given_names=f"P{place:05}",
                family_name="Many",
                birth_date="1960-01-01",
                zone="UTC",
            )
            for place in range(count)
        ],
        batch_size=BATCH,
    )
    monitored = MonitoredPatient.objects.bulk_create(
        [MonitoredPatient(organization_id=organization_id, patient=patient) for patient in patients],
        batch_size=BATCH,
    )
    facts = {"kind": "limit", "metric": "glucose", "figure": 260, "value": 260, "limit": 250}
    cases = Case.objects.bulk_create(
        [
            Case(
                organization_id=organization_id,
                monitored=one,
                severity=1 + place % 3,
                headline=facts,
                is_settled=place % 5 == 0,
                opened_at=after(place % 700),
                clock_started_at=after(place % 700),
            )
            for place, one in enumerate(monitored)
        ],
        batch_size=BATCH,
    )
    alerts = [
        Alert(
            organization_id=organization_id,
            monitored=one.monitored,
            case=one,
            rule=rule,
            severity=one.severity,
            kind="limit",
            metric=1,
            direction="high",
            figure=260,
            facts=facts,
            state="resolved" if one.is_settled else "open",
        )
        for one in cases
    ]
    Alert.objects.bulk_create(alerts, batch_size=BATCH)


def test_pages_follow_each_other_without_a_gap_or_a_repeat(people: People) -> None:
    make_many(people, 3 * PAGE_SIZE + 7)
    seen: list[Case] = []
    after_place = ""
    while True:
        found = worklist_for(people.nurse.actor, after=after_place)
        seen += [row.case for row in found.rows]
        after_place = found.after
        if not after_place:
            break
    assert len(seen) == len({one.pk for one in seen}) == 3 * PAGE_SIZE + 7
    order = [(one.is_settled, -one.severity, one.opened_at) for one in seen]
    assert order == sorted(order)


@pytest.mark.parametrize("place", ["nonsense", "0_3_1_2", "1_9_99999999999999999999.0_x", "0_1_1.1_\0"])
def test_a_place_that_cannot_be_read_is_the_beginning(people: People, case: Case, place: str) -> None:
    assert len(worklist_for(people.nurse.actor, after=place).rows) == 1


@pytest.mark.slow
def test_the_list_of_ten_thousand_is_read_in_its_order_and_stays_cheap(people: People) -> None:
    make_many(people, 10_000)
    ordered = open_cases(people.nurse.actor).order_by("is_settled", "-severity", "opened_at", "id")
    plan = ordered[:PAGE_SIZE].explain()
    assert "Index Scan using case_worklist" in plan
    assert "Sort" not in plan
    taken = []
    for _ in range(7):
        begin = time.process_time()  # of this process: neighbours on the machine do not count
        with CaptureQueriesContext(connection) as captured:
            worklist_for(people.nurse.actor)
        taken.append(time.process_time() - begin)
        assert len(captured) <= 10
    assert sorted(taken)[len(taken) // 2] < 0.05
