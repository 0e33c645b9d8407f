"""What the alerts say of a person is on their own pages, in plain words, for whom it concerns and nobody else."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from hearthline.directory.tests.stage import make_caregiver, make_practitioner, treat
from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Alert, Case
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services import cases, quiet
from hearthline.monitoring.alerts.tests.stage import in_force
from hearthline.monitoring.home.tests.stage import HomeStage, make_home
from hearthline.monitoring.readings.models import MonitoringPause
from tests.people import People

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)  # nine in the morning in Chicago
# Below what the page itself calls very high (181), so that only the alert can turn it red.
HIGH = {
    "kind": "limit",
    "metric": "systolic",
    "direction": "high",
    "limit": 160,
    "clear": 150,
    "ask_minutes": 15,
}
RED = "This may be an emergency"
AGAIN = "Please measure again: Blood pressure"


@pytest.fixture
def home(people: People) -> Iterator[HomeStage]:
    with clock.frozen(NOW):
        stage = make_home(people)
        treat(stage.monitored.patient, make_practitioner(people.nurse))
        in_force(people, HIGH, severity=Severity.DANGER)
        yield stage


def read(client: Client, url: str) -> str:
    response: Any = client.get(url)
    assert response.status_code == 200
    return str(response.content.decode())


def test_from_the_first_high_value_to_the_end_of_the_case(home: HomeStage) -> None:
    client, nurse = home.people.patient.client, home.people.nurse.actor
    assert AGAIN not in read(client, home.url())
    home.pressure(165, 90, timedelta(minutes=2))
    for url in (home.url(), "/care/"):
        page = read(client, url)
        assert AGAIN in page
        assert "9:15" in page
        assert RED not in page
    home.pressure(166, 91, timedelta(0))
    for url in (home.url(), "/care/"):
        page = read(client, url)
        assert AGAIN not in page
        assert RED in page
        assert 'href="tel:911"' in page
        assert "Your care team has been told." in page
        assert "9:30" in page
    Case.objects.update(clock_started_at=NOW - timedelta(minutes=31))
    assert "nobody has looked yet" in read(client, home.url())
    cases.claim(actor=nurse, case=Case.objects.get())
    page = read(client, home.url())
    assert "Your care team is looking at your readings." in page
    assert "Nobody watches day and night." in page
    cases.close(actor=nurse, case=Case.objects.get(), comment="Called: feels well")
    page = read(client, home.url())
    assert RED not in page
    assert "Your care team has been told." not in page


def test_a_good_repeat_leaves_nothing_standing(home: HomeStage) -> None:
    client = home.people.patient.client
    home.pressure(165, 90, timedelta(minutes=2))
    home.pressure(140, 85, timedelta(0))
    page = read(client, home.url())
    assert AGAIN not in page
    assert "Your care team has been told." not in page
    assert not Case.objects.exists()


def test_a_red_box_stands_once(home: HomeStage) -> None:
    home.pressure(190, 100, timedelta(minutes=2))
    home.pressure(191, 101, timedelta(0))
    page = read(home.people.patient.client, home.url())
    assert page.count('role="alert"') == 1
    assert "Keep going" not in page  # no calm words below a red box
    assert "First do what it says above." in read(home.people.patient.client, "/care/")
    assert "Your care team has been told." in page


def test_nothing_is_asked_again_in_a_break(home: HomeStage) -> None:
    home.pressure(165, 90, timedelta(minutes=2))
    reason, until = MonitoringPause.Reason.HOSPITAL, NOW + timedelta(days=2)
    quiet.pause(actor=home.people.nurse.actor, monitored=home.monitored, reason=reason, ends_at=until)
    assert AGAIN not in read(home.people.patient.client, home.url())


def test_what_did_not_come_is_said_without_alarm(home: HomeStage) -> None:
    case = Case.objects.create(
        organization_id=home.people.organization.id,
        monitored=home.monitored,
        severity=Severity.WATCH.value,
        headline={"kind": "adherence", "metric": "weight"},
    )
    page = read(home.people.patient.client, home.url())
    assert "Some readings did not come." in page
    assert "day and night. If you feel worse" not in page
    Case.objects.filter(pk=case.pk).update(headline={"kind": "limit"})  # of an older release
    assert "Your care team has been told." in read(home.people.patient.client, home.url())


def test_a_caregiver_with_scope_sees_the_same_and_others_nothing(home: HomeStage) -> None:
    home.pressure(165, 90, timedelta(minutes=2))
    home.pressure(166, 91, timedelta(0))
    assert Alert.objects.count() == 1
    helper = home.people.caregiver
    caring = make_caregiver(home.monitored.patient, helper, may_see_record=False, may_book=True)
    care = f"/care/for/{home.patient_id}/"
    assert helper.client.get(home.url()).status_code == 404
    assert RED not in read(helper.client, care)
    caring.may_see_record = True
    caring.save()
    for url in (home.url(), care):
        page = read(helper.client, url)
        assert RED in page
        assert "Your care team has been told." in page
    assert home.people.stranger.client.get(home.url()).status_code in (403, 404)
