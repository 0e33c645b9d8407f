"""What a person at home sees and does: today, typing in, past readings, putting right; and who may not."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from hearthline.audit.models import AuditEntry
from hearthline.directory.tests.stage import make_caregiver, own_patient, watch_audit
from hearthline.foundation import clock
from hearthline.monitoring.home.queries import home_of
from hearthline.monitoring.home.services.storing import microseconds
from hearthline.monitoring.home.tests.stage import HomeStage, make_home
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.models import (
    Device,
    DirtyDay,
    Ingestion,
    Latest,
    MonitoringPause,
    Reading,
    ReadingCorrection,
)
from hearthline.monitoring.readings.pipeline.types import Outcome
from tests.people import People

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # nine in the morning in Chicago
JUST_NOW = {"when": "now"}


@pytest.fixture
def home(people: People) -> Iterator[HomeStage]:
    with clock.frozen(NOW):
        yield make_home(people, jurisdiction="US-TX")


@pytest.fixture
def client(home: HomeStage) -> Client:
    return home.people.patient.client


def read(client: Client, url: str) -> str:
    response: Any = client.get(url)
    assert response.status_code == 200
    return str(response.content.decode())


def test_a_typed_reading_is_kept_flagged_and_shown_with_what_it_means(
    home: HomeStage, client: Client
) -> None:
    home.ask("blood-pressure", (time(6), time(10)), (time(18), time(22)))
    home.aim("systolic", 100, 129)
    assert "time to measure" in read(client, home.url())
    answer = client.post(
        home.url("add", "blood-pressure"), {"systolic": "118", "diastolic": "76", "pulse": "71", **JUST_NOW}
    )
    assert (answer.status_code, answer["location"]) == (303, home.url())
    assert home.stored("systolic") == [(118, Flag.MANUAL)]
    assert Device.objects.get().is_automatic is False
    page = read(client, home.url())
    assert "118/76" in page
    assert "In your goal" in page
    assert "1 of 2 done" in page
    assert "You measured on 1 of the last 7 days." in page


def test_two_values_of_one_morning_leave_the_evening_to_do(home: HomeStage, client: Client) -> None:
    home.ask("blood-pressure", (time(6), time(10)), (time(18), time(22)))
    home.ask("weight", weekdays=(0,))  # today is a Tuesday
    home.pressure(128, 81, timedelta(minutes=6))
    home.pressure(126, 80)
    page = read(client, home.url())
    assert "Next: Blood pressure, 18:00\N{EN DASH}22:00" in page
    assert "1 of 2 done" in page
    assert "Not today" in page
    with clock.frozen(NOW + timedelta(hours=8)):
        task = home_of(home.monitored).next_task
        assert task is not None
        assert (task.kind.key, task.is_now) == ("blood-pressure", True)
    with clock.frozen(
        NOW + timedelta(hours=14)
    ):  # the evening is over: nothing to do, and no thanks for it either
        late = home_of(home.monitored)
    assert (late.next_task, late.is_all_done) == (None, False)


def test_the_same_form_sent_twice_is_one_reading(home: HomeStage, client: Client) -> None:
    for _ in range(2):
        answer = client.post(
            home.url("add", "weight"), {"weight": "180", "weight-unit": "[lb_av]", **JUST_NOW}
        )
        assert answer.status_code == 303
    assert [round(value, 2) for value, _flags in home.stored("weight")] == [81.65]
    counts = Ingestion.objects.values_list("accepted", "duplicates")
    assert sorted(counts) == [(0, 1), (1, 0)]


def test_another_number_for_the_same_minute_is_told_and_the_first_stays(
    home: HomeStage, client: Client
) -> None:
    client.post(home.url("add", "glucose"), {"glucose": "110", "glucose-unit": "mg/dL", **JUST_NOW})
    answer = client.post(home.url("add", "glucose"), {"glucose": "140", "glucose-unit": "mg/dL", **JUST_NOW})
    assert answer.status_code == 422
    assert "The first one stays" in answer.content.decode()
    assert [value for value, _flags in home.stored("glucose")] == [110]


@pytest.mark.parametrize(
    ("kind", "sent", "words"),
    [
        ("blood-pressure", {"systolic": "700", "diastolic": "80"}, "Enter a number from 40 to 300 mmHg."),
        ("blood-pressure", {"systolic": "80", "diastolic": "90"}, "The lower number must be less"),
        ("blood-pressure", {"systolic": "120"}, "required"),
        ("weight", {"weight": "1000", "weight-unit": "[lb_av]"}, "Enter a number from 0.7 to 881.8 lb."),
        ("weight", {"weight": "80", "weight-unit": "stone"}, "Select a valid choice"),
        ("glucose", {"glucose": "Infinity", "glucose-unit": "mg/dL"}, "Enter a number"),
        (
            "temperature",
            {"temperature": "98.6", "temperature-unit": "Cel"},
            "Enter a number from 25.0 to 45.0 °C.",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    home: HomeStage, client: Client, kind: str, sent: dict[str, str], words: str
) -> None:
    answer = client.post(home.url("add", kind), {**sent, **JUST_NOW})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Reading.objects.count() == 0


def test_what_is_improbable_is_asked_again_and_then_believed(home: HomeStage, client: Client) -> None:
    home.measured("weight", timedelta(days=1), weight=70)
    sent = {"weight": "76", "weight-unit": "kg", **JUST_NOW}
    answer = client.post(home.url("add", "weight"), sent)
    assert answer.status_code == 422
    assert "not a usual one for you" in answer.content.decode()
    assert "Call 911" in answer.content.decode()
    assert client.post(home.url("add", "weight"), {**sent, "is_right": "on"}).status_code == 303
    assert [value for value, _flags in home.stored("weight")] == [70, 76]


def test_a_time_is_the_persons_own_and_not_in_the_future(home: HomeStage, client: Client) -> None:
    sent = {"temperature": "98.6", "temperature-unit": "[degF]", "when": "earlier"}
    assert client.post(home.url("add", "temperature"), sent).status_code == 422
    future = client.post(home.url("add", "temperature"), {**sent, "day": "2026-11-24", "time": "09:30"})
    assert "future" in future.content.decode()
    long_ago = client.post(home.url("add", "temperature"), {**sent, "day": "2020-01-01", "time": "09:30"})
    assert "too long ago" in long_ago.content.decode()
    kept = client.post(home.url("add", "temperature"), {**sent, "day": "2026-11-24", "time": "08:30"})
    assert kept.status_code == 303
    assert home.time_of("temperature") == datetime(2026, 11, 24, 14, 30, tzinfo=UTC)


def test_a_red_state_says_what_to_do_and_the_number_of_where_the_person_lives(
    home: HomeStage, client: Client
) -> None:
    home.pressure(192, 110)
    page = read(client, home.url())
    assert "Very high" in page
    assert 'href="tel:911"' in page
    home.monitored.patient.jurisdiction = "GB"
    home.monitored.patient.save()
    assert 'href="tel:999"' in read(client, home.url())


def test_yesterdays_red_is_not_todays(home: HomeStage, client: Client) -> None:
    home.measured("glucose", timedelta(hours=25), glucose=50)
    page = read(client, home.url())
    assert "Very low" not in page
    assert "from an earlier day" in page


def test_a_page_without_readings_teaches_and_says_that_nobody_watches(
    home: HomeStage, client: Client
) -> None:
    page = read(client, home.url())
    assert "Nothing is asked of you today" in page
    assert "No reading yet" in page
    assert "Nobody watches these numbers day and night." in page


def test_a_fast_gain_of_weight_asks_to_call(home: HomeStage, client: Client) -> None:
    home.aim("weight", 70, 90)
    home.measured("weight", timedelta(days=2), weight=80)
    home.measured("weight", weight=82.5)
    assert "You gained weight fast." in read(client, home.url())


def test_goals_and_a_break_are_shown(home: HomeStage, client: Client) -> None:
    home.ask("weight")
    home.aim("glucose", 70, 180)
    MonitoringPause.objects.create(
        organization_id=home.monitored.organization_id,
        monitored=home.monitored,
        reason="travel",
        starts_at=NOW - timedelta(days=1),
        ends_at=NOW + timedelta(days=3),
        set_by=home.people.nurse.user,
    )
    page = read(client, home.url())
    assert "70 to 180 mg/dL" in page
    assert "You have a break from measuring" in page
    assert "Add your reading" not in page


def test_past_readings_say_where_they_came_from(home: HomeStage, client: Client) -> None:
    home.aim("systolic", 100, 129)
    for days in range(40):
        home.pressure(120 + days % 7, 80, timedelta(days=days, minutes=1))
    page = read(client, home.url("past", "blood-pressure"))
    assert page.count("typed in") == 30
    assert "Show the numbers" in page
    assert "typed in" in read(client, home.url("past", "blood-pressure") + "?page=2")


def change_url(home: HomeStage) -> str:
    return home.url("change", str(Device.objects.get().number), str(microseconds(home.time_of("weight"))))


def test_a_typed_number_is_put_right_and_the_first_one_stays_on_record(
    home: HomeStage, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[AuditEntry] = watch_audit(monkeypatch)
    home.measured("weight", weight=81)
    DirtyDay.objects.all().delete()
    url = change_url(home)
    assert 'value="178.6"' in read(client, url)
    sent = {"what": "correct", "weight": "80", "weight-unit": "kg", "reason": "Read it wrong"}
    assert client.post(url, sent).status_code == 303
    assert home.stored("weight") == [(80, Flag.MANUAL | Flag.CORRECTED)]
    correction = ReadingCorrection.objects.get()
    assert (correction.old_value, correction.new_value) == (81, 80)
    assert Latest.objects.get().value == 80
    assert DirtyDay.objects.count() == 1
    assert "reading.corrected" in [entry.action for entry in written]
    assert "put right" in read(client, home.url("past", "weight"))


def test_what_should_not_count_leaves_the_newest_to_the_one_before(home: HomeStage, client: Client) -> None:
    home.measured("weight", timedelta(days=1), weight=80)
    url = home.url("change", str(Device.objects.get().number), str(microseconds(home.time_of("weight"))))
    home.measured("weight", weight=95)
    newest = Reading.objects.order_by("-observed_at")[0]
    url = home.url("change", str(newest.device_number), str(microseconds(newest.observed_at)))
    assert client.post(url, {"what": "withdraw"}).status_code == 422
    assert client.post(url, {"what": "withdraw", "reason": "other-person"}).status_code == 303
    assert Latest.objects.get().value == 80
    assert home.stored("weight")[1] == (95, Flag.MANUAL | Flag.RETRACTED)
    assert "does not count" in read(client, home.url("past", "weight"))
    assert client.get(url).status_code == 404, "what is withdrawn stays so"


def test_what_is_too_old_to_change_is_no_page(home: HomeStage, client: Client) -> None:
    home.measured("weight", timedelta(days=15), weight=80)
    assert client.get(change_url(home)).status_code == 404
    assert client.get(home.url("change", "1", "9" * 30)).status_code == 404
    assert client.get(home.url("change", "9" * 30, "1")).status_code == 404


def test_a_number_of_a_device_cannot_be_retyped(home: HomeStage, client: Client) -> None:
    assert home.measured("weight", weight=81) is Outcome.ACCEPTED
    Reading.objects.update(flags=0)
    url = change_url(home)
    assert "The right number" not in read(client, url)
    assert client.post(url, {"what": "correct", "weight": "60", "weight-unit": "kg"}).status_code == 422
    assert home.stored("weight") == [(81, 0)]


def test_a_caregiver_who_may_see_the_record_helps_and_others_do_not(home: HomeStage) -> None:
    helper = home.people.caregiver
    pages = [home.url(), home.url("add"), home.url("add", "weight"), home.url("past", "weight")]
    caring = make_caregiver(home.monitored.patient, helper, may_see_record=False, may_book=True)
    assert {helper.client.get(page).status_code for page in pages} == {404}
    caring.may_see_record = True
    caring.save()
    assert {helper.client.get(page).status_code for page in pages} == {200}
    sent = {"weight": "80", "weight-unit": "kg", **JUST_NOW}
    assert helper.client.post(home.url("add", "weight"), sent).status_code == 303
    assert "Mateo Delgado" in read(home.people.patient.client, home.url())
    assert {home.people.nurse.client.get(page).status_code for page in pages} == {403}


def test_who_is_not_monitored_is_told_what_this_is(people: People) -> None:
    own_patient(people)
    assert "No readings are asked of you" in read(people.patient.client, "/care/readings/")
