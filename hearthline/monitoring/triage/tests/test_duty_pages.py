"""The pages of who answers: the calendar, the ladder, the budget of alerts."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from hearthline.foundation import clock
from hearthline.identity.roles import Role
from hearthline.monitoring.alerts.models import AlertBudget, LadderStep, OnCallLine, OnCallShift
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services.rulebook import set_budget, write_rule
from hearthline.monitoring.alerts.spending import spent
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, LOW_GLUCOSE, Home, after, in_force
from hearthline.monitoring.readings.summaries import refresh_summaries
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Site
from tests.people import People, make_person

DUTY = "/monitoring/on-call/"


def line(people: People, **changes: Any) -> dict[str, Any]:
    return {
        "whom": "on_call",
        "user": str(people.nurse.user.id),
        "site": str(people.site.id),
        "weekdays": ["0", "1"],
        "starts": "20:00",
        "ends": "08:00",
        "valid_from": "2026-11-01",
        **changes,
    }


def steps(*rows: tuple[Any, str]) -> dict[str, Any]:
    data: dict[str, Any] = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows)}
    for number, (minutes, whom) in enumerate(rows):
        data |= {
            f"form-{number}-after_minutes": minutes,
            f"form-{number}-whom": whom,
            f"form-{number}-channel": "notice",
        }
    return data


def test_an_administrator_sets_the_week_and_sees_the_gaps(people: People) -> None:
    client = people.administrator.client
    assert client.post(f"{DUTY}hours/", line(people)).headers["location"] == DUTY
    assert OnCallLine.objects.count() == 2
    with clock.frozen(after(0)):  # Tuesday, 2 in the morning in Chicago: Monday's night
        page = client.get(DUTY).content.decode()
        assert "Ines Okafor" in page
        assert "until Tuesday 24 November 2026, 08:00" in page
        assert "gaps in two weeks" in page
        seen = people.navigator.client.get(DUTY).content.decode()
        assert "Remove" not in seen
        assert people.navigator.client.post(f"{DUTY}hours/", line(people)).status_code == 403
    row = OnCallLine.objects.first()
    assert row is not None
    assert client.post(f"{DUTY}hours/{row.pk}/end/").status_code == 302
    history = people.physician.client.get(f"{DUTY}history/").content.decode()
    assert history.count("Simone Achebe") == 4


def test_a_nurse_in_charge_may_set_it_too(people: People) -> None:
    charge = make_person(people.organization, "Grace Lund", Role.NURSE, Role.NURSE_IN_CHARGE)
    assert charge.client.post(f"{DUTY}hours/", line(people)).status_code == 302
    assert charge.client.get("/monitoring/ladder/3/").status_code == 200


def test_an_exception_is_told_on_the_clock_of_its_site(people: People) -> None:
    data = line(
        people,
        first_day="2026-12-24",
        first_time="18:00",
        last_day="2026-12-25",
        last_time="08:00",
        reason="Eve",
    )
    with clock.frozen(after(0)):
        assert people.administrator.client.post(f"{DUTY}exceptions/", data).status_code == 302
        again = people.administrator.client.post(f"{DUTY}exceptions/", data)
    assert (again.status_code, OnCallShift.objects.count()) == (422, 1)
    assert "Someone else is on call at that time" in again.content.decode()
    assert OnCallShift.objects.get().starts_at.isoformat() == "2026-12-25T00:00:00+00:00"


@pytest.mark.parametrize(
    "changes",
    [
        {"weekdays": []},
        {"starts": "25:00"},
        {"valid_from": "0001-01-01"},
        {"valid_until": "2026-01-01"},
        {"user": "nobody"},
        {"whom": "pool"},
    ],
)
def test_what_cannot_be_read_is_asked_again(people: People, changes: dict[str, Any]) -> None:
    answer = people.administrator.client.post(f"{DUTY}hours/", line(people, **changes))
    assert (answer.status_code, OnCallLine.objects.count()) == (422, 0)


def test_nobody_and_nothing_of_another_organization_comes_in(people: People) -> None:
    other = people.other_organization
    with acting_in(other.id):
        site = Site.objects.create(
            organization_id=other.id, name="Lake", zone="America/New_York", jurisdiction="US-NY"
        )
    client = people.administrator.client
    assert client.post(f"{DUTY}hours/", line(people, site=str(site.pk))).status_code == 422
    assert client.post(f"{DUTY}hours/", line(people, user=str(people.stranger.user.id))).status_code == 422
    for who in ("patient", "technician", "auditor", "attendant"):
        assert people.by_role[who].client.get(DUTY).status_code == 403


def test_the_ladder_is_set_on_its_page_and_goes_back(people: People) -> None:
    client, page = people.administrator.client, "/monitoring/ladder/3/"
    wrong = client.post(page, steps((0, "pool"), (90, "nobody_left")))
    assert wrong.status_code == 422
    assert "The breach would come too late" in wrong.content.decode()
    assert client.post(page, steps((0, "pool"), ("", "on_call"), (20, "nobody_left"))).status_code == 302
    assert list(LadderStep.objects.values_list("after_minutes", "whom")) == [(0, "pool"), (20, "nobody_left")]
    assert "Your own" in people.nurse.client.get("/monitoring/ladder/").content.decode()
    assert people.nurse.client.post(page, steps((0, "pool"))).status_code == 403
    client.post(page, {"drop": "1"})
    assert not LadderStep.objects.filter(ended_at=None).exists()
    assert client.get("/monitoring/ladder/7/").status_code == 404


def budget(people: People, alerts: int, minutes: int | None = None) -> None:
    set_budget(
        actor=people.administrator.actor,
        alerts_per_100=Decimal(alerts),
        minutes_per_alert=Decimal(4),
        nurse_minutes_a_day=minutes,
    )


def test_the_budget_shows_what_the_last_thirty_days_really_cost(people: People, home: Home) -> None:
    in_force(people, HIGH_GLUCOSE, code="high", severity=Severity.WATCH)
    in_force(people, LOW_GLUCOSE, code="low", severity=Severity.DANGER)
    home.send((0, 260), (5, 100), (10, 260), (15, 100), (20, 50))
    home.send((24 * 60, 120))
    with clock.frozen(after(25 * 60)):
        refresh_summaries(people.organization.id)
        found = spent(people.organization.id)
        assert [(one.code, one.alerts, one.alone_percent) for one in found.costs] == [
            ("high", 2, 100),
            ("low", 1, 100),
        ]
        assert (found.patient_days, found.per_100(found.alerts)) == (2, 150)
        empty = people.nurse.client.get("/monitoring/budget/").content.decode()
        assert "No budget yet" in empty
        answer = people.administrator.client.post(
            "/monitoring/budget/",
            {"alerts_per_100": "100", "minutes_per_alert": "4", "nurse_minutes_a_day": ""},
        )
        assert answer.status_code == 302
        assert "Over the budget" in people.nurse.client.get("/monitoring/budget/").content.decode()
    with clock.frozen(after(0) + timedelta(days=60)):
        assert spent(people.organization.id).alerts == 0


def test_a_rule_that_would_go_over_the_budget_with_all_others_warns(people: People, home: Home) -> None:
    in_force(people, LOW_GLUCOSE, code="low", severity=Severity.DANGER)
    home.send((0, 260), (5, 100), (10, 50))
    draft = write_rule(
        actor=people.nurse.actor,
        code="high",
        label="High",
        severity=Severity.WATCH,
        settings=HIGH_GLUCOSE,
        source="Test",
        reason="Test",
    )
    page = f"/monitoring/rules/{draft.pk}/"
    with clock.frozen(after(60)):
        budget(people, 200)  # one day: one alert of the other rule, and one of this
        assert "all alerts together" not in people.physician.client.get(page).content.decode()
        budget(people, 150)
        warned = people.physician.client.get(page).content.decode()
        assert "With this rule all alerts together would be 200.0" in warned
        assert "Approve though it goes over the budget" in warned
        budget(people, 9000, minutes=1)
        assert "all alerts together" not in people.physician.client.get(page).content.decode()


@pytest.mark.parametrize("value", ["-1", "x", "1e9", "NaN", ""])
def test_a_budget_that_is_none_is_asked_again(people: People, value: str) -> None:
    data = {"alerts_per_100": value, "minutes_per_alert": "4"}
    assert people.administrator.client.post("/monitoring/budget/", data).status_code == 422
    assert people.nurse.client.post("/monitoring/budget/", data | {"alerts_per_100": "5"}).status_code == 403
    assert not AlertBudget.objects.exists()
