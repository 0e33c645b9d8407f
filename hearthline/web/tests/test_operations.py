"""The service provider's page: figures that processes noted, read through a login that reaches nothing clinical."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from prometheus_client import CollectorRegistry, generate_latest

from hearthline.config import health
from hearthline.foundation import clock, figures
from hearthline.foundation.models import Figure
from hearthline.ingest.connections import connect
from hearthline.ingest.tally import Tally
from hearthline.messaging import oversight as reminders
from hearthline.monitoring.alerts.jobs import look_at_adherence, look_for_silence, watch_clocks
from hearthline.monitoring.alerts.telling import SIGN, Teller, tell
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, NOW, in_force, make_home
from hearthline.monitoring.readings.jobs import make_partitions, pack_finished
from hearthline.monitoring.readings.metrics import METRICS
from hearthline.tenancy.context import acting_in
from hearthline.web.oversight import MonitoringCollector, overview
from tests.database import as_login
from tests.people import People

# What would tell of somebody's health: the names of what is measured, and of what was found.
CLINICAL_WORDS = {
    "glucose",
    "blood",
    "pressure",
    "weight",
    "oxygen",
    "patient",
    "severe",
    "diabetes",
    "heart",
}


def page_of(people: People) -> str:
    client = people.technician.client
    with as_login("ops"):
        page = client.get(reverse("web:operations"))
    assert page.status_code == 200
    return page.content.decode()


def metrics() -> str:
    registry = CollectorRegistry()
    registry.register(MonitoringCollector())
    return generate_latest(registry).decode()


@pytest.fixture
def at_work(committed: None, people: People) -> People:
    """A reading led to an alert and people were told; the edge, the clocks and the night's work showed themselves."""
    with acting_in(people.organization.id):
        in_force(people, HIGH_GLUCOSE)
        home = make_home(people)
        home.send((0, 300.0))
    with clock.frozen(NOW + timedelta(milliseconds=180)):
        tell(people.organization.id)
    with clock.frozen(NOW + timedelta(seconds=20)):
        watch_clocks()
        Teller(threading.Event()).hear(SIGN)
        look_for_silence()
        look_at_adherence()
        make_partitions()
        pack_finished()
        reminders.beat()
        reminders.beat(reminders.WATCHER)
    return people


def test_a_technician_reads_it_through_a_login_without_clinical_rights(
    committed: None, people: People
) -> None:
    content = page_of(people)
    assert "Main Street" in content
    assert "No sign of life" in content
    assert "No alert was raised in the last day." in content


def test_nobody_else_opens_it(people: People) -> None:
    for role in ("physician", "administrator", "patient", "auditor"):
        assert getattr(people, role).client.get(reverse("web:operations")).status_code == 403, role


def test_it_shows_how_long_people_waited_and_who_is_alive_but_nothing_of_anybody(at_work: People) -> None:
    with clock.frozen(NOW + timedelta(seconds=30)):
        content = page_of(at_work)
        with as_login("ops"):
            found = overview()
    told = [one for one in found.delays if one.stage == figures.ALERT_TOLD]
    assert [(one.window, one.count, one.quantiles) for one in told] == [
        ("1h", 1, (180.0, 180.0, 180.0)),
        ("1d", 1, (180.0, 180.0, 180.0)),
    ]
    assert "180 ms" in content
    alive = {sign.name for sign in found.signs if sign.is_alive}
    on_clocks = {
        figures.TELLING,
        figures.ALERT_CLOCKS,
        figures.SILENCE_LOOKED_FOR,
        figures.ADHERENCE_LOOKED_AT,
        figures.DAYS_PACKED,
    }
    assert alive >= {"worker", "watch"} | on_clocks
    assert figures.INGEST_VALUES not in alive
    main = content[content.index("<main") : content.index("</main>")].lower()
    words = CLINICAL_WORDS | {metric.code.lower() for metric in METRICS}
    assert [word for word in words if word.replace("_", " ") in main] == []
    assert "rosa" not in main


def test_what_is_old_or_slow_is_seen(at_work: People) -> None:
    Figure.objects.create(name=figures.ALERT_TOLD, at=NOW + timedelta(hours=2), value=9_000)
    with clock.frozen(NOW + timedelta(hours=2, minutes=1)), as_login("ops"):
        found = overview()
    last_hour, last_day = (one for one in found.delays if one.stage == figures.ALERT_TOLD)
    assert (last_hour.count, last_hour.is_kept) == (1, False)
    assert (last_day.count, last_day.quantiles[0]) == (2, (180 + 9_000) / 2)
    gone = {sign.name for sign in found.signs if not sign.is_alive}
    assert gone >= {"worker", "watch", figures.ALERT_CLOCKS, figures.SILENCE_LOOKED_FOR}
    assert figures.DAYS_PACKED not in gone


def test_the_edge_says_what_it_did_since_it_last_said_so(committed: None) -> None:
    tally = Tally()
    with as_login("ingest"), connect(autocommit=False) as edge:
        tally.counts.values += 600
        for status in (422, 401, 503, 500):
            tally.refuse(status)
        tally.say(edge, waiting=7)
        tally.counts.values += 30
        tally.say(edge, waiting=2)
    with as_login("ops"):
        found = overview()
    assert found.intake.a_second == pytest.approx(630 / 60)
    assert (found.intake.refused, found.intake.busy, found.intake.waiting) == (2, 2, 7)
    assert figures.INGEST_VALUES in {sign.name for sign in found.signs if sign.is_alive}


def test_a_row_outside_its_week_raises_the_alarm(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        make_home(people).send((60 * 24 * 4_000, 100.0))  # eleven years ahead: no week is made for it
    with as_login("ops"):
        assert overview().store.stray == 2  # the reading and its body
        assert "hearthline_default_partition_rows 2.0" in metrics()
    assert "Rows outside their week" in page_of(people)


def test_the_monitor_gets_the_same_figures(at_work: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PROCESS", "ops")
    with clock.frozen(NOW + timedelta(seconds=30)), as_login("ops"):
        _, _, text = health.metrics()
    lines = text.decode().splitlines()
    assert 'hearthline_alert_delay_seconds{quantile="0.99",stage="told",window="1h"} 0.18' in lines
    assert 'hearthline_sign_of_life_missed{name="alert_clocks"} 0.0' in lines
    assert 'hearthline_sign_of_life_missed{name="ingest_values"} 1.0' in lines
    assert 'hearthline_ingest_not_taken{why="refused"} 0.0' in lines


def test_figures_are_forgotten_after_a_week(people: People) -> None:
    figures.note([("kept", 1.0)])
    Figure.objects.create(name="old", at=clock.now() - timedelta(days=9), value=1.0)
    figures.forget_old_figures()
    assert list(Figure.objects.values_list("name", flat=True)) == ["kept"]


def test_no_other_login_changes_figures(committed: None) -> None:
    for login, statement in (
        ("ingest", "SELECT * FROM foundation_figure"),
        ("ops", "DELETE FROM foundation_figure"),
        ("app", "UPDATE foundation_figure SET value = 0"),
    ):
        with (
            as_login(login),
            connection.cursor() as cursor,
            pytest.raises(Exception, match="permission denied"),
        ):
            cursor.execute(statement)
