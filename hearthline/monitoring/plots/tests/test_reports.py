"""What reports say of a person's readings: by which days, with what is missing, with what happened."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from hearthline.charting.models import Medication
from hearthline.charting.services import open_encounter, save_item
from hearthline.directory.tests.stage import make_patient, make_practitioner
from hearthline.foundation import clock
from hearthline.monitoring.plots import marks, sources
from hearthline.monitoring.plots.blood_pressure import BY_CODE as PROTOCOLS
from hearthline.monitoring.plots.drawing.canvas import Mark
from hearthline.monitoring.plots.glucose import Unit
from hearthline.monitoring.plots.local_time import DAY, MINUTE, microseconds
from hearthline.monitoring.plots.models import DryWeight
from hearthline.monitoring.plots.reports.explore import EXPLORED, explored_values
from hearthline.monitoring.plots.reports.glucose import glucose_report
from hearthline.monitoring.plots.reports.period import by_day, days_with_today, finished_days
from hearthline.monitoring.plots.reports.pressure import pressure_report
from hearthline.monitoring.plots.reports.series import PLOTTED_BY_CODE, series_report
from hearthline.monitoring.plots.targets import BY_CODE as TARGETS
from hearthline.monitoring.plots.tests.stage import (
    Measuring,
    add_glucose,
    add_oxygen,
    add_pressure,
    add_weight,
    make_measuring,
    mornings,
)
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.models import Device, MonitoringPause
from tests.people import People

DIABETES, AHA = TARGETS["diabetes"], PROTOCOLS["aha-7-day"]
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def measuring(people: People) -> Measuring:
    return make_measuring(people)


def weights(measuring: Measuring, *values: float) -> None:
    times = mornings(measuring.patient.zone, 7, len(values))
    measuring.take(measuring.device(Device.Kind.SCALE), "weight", times, np.array(values))


def test_finished_days_are_local_and_without_today() -> None:
    period = finished_days(CHICAGO, 2, datetime(2026, 11, 24, 4, 0, tzinfo=UTC))  # the 23rd, 22:00 in Chicago
    assert period.days == (date(2026, 11, 21), date(2026, 11, 22))
    assert days_with_today(CHICAGO, 1, datetime(2026, 11, 24, 4, 0, tzinfo=UTC)).days == (date(2026, 11, 23),)


def test_a_day_of_23_hours_is_a_whole_day() -> None:
    period = finished_days(CHICAGO, 1, datetime(2026, 3, 9, 12, tzinfo=UTC))
    assert (period.days, period.ends - period.starts) == ((date(2026, 3, 8),), 23 * 60 * MINUTE)


def test_words_of_a_day_stand_in_order_of_time_and_the_newest_day_first() -> None:
    times = np.array([0, 1, 24, 25, 26], dtype=np.int64) * 60 * MINUTE + 6 * 60 * MINUTE
    assert list(by_day(times, list("abcde"), CHICAGO).items()) == [
        (date(1970, 1, 2), ["c", "d", "e"]),
        (date(1970, 1, 1), ["a", "b"]),
    ]


def test_without_readings_nothing_is_judged(measuring: Measuring) -> None:
    report = glucose_report(measuring.patient, DIABETES, Unit.MASS)
    assert report["metrics"] is None
    assert report["sufficiency"].lacks_activity
    assert not pressure_report(measuring.patient, AHA)["has_measurements"]
    assert not series_report(measuring.patient, PLOTTED_BY_CODE["weight"])["has_values"]


def test_a_sufficient_fortnight_is_judged(measuring: Measuring) -> None:
    add_glucose(measuring, "pregnancy", 16)
    report = glucose_report(measuring.patient, DIABETES, Unit.MASS)
    assert report["sufficiency"].is_enough
    assert len(report["goals"]) == 6
    assert sum(band.percent for band in report["bands"]) == 100
    assert len(report["thumbnails"]) == 14


def test_an_insufficient_one_says_so_and_is_not_judged(measuring: Measuring) -> None:
    add_glucose(measuring, "dm", 5)
    report = glucose_report(measuring.patient, DIABETES, Unit.MASS)
    assert not report["sufficiency"].is_enough
    assert report["goals"] == []
    assert report["thumbnails"][0].drawing is None


def test_the_unit_changes_every_number_and_no_judgement(measuring: Measuring) -> None:
    add_glucose(measuring, "pregnancy", 16)
    mass, molar = (glucose_report(measuring.patient, DIABETES, unit) for unit in Unit)
    assert [band.percent for band in mass["bands"]] == [band.percent for band in molar["bands"]]
    assert [goal.is_met for goal in mass["goals"]] == [goal.is_met for goal in molar["goals"]]
    assert float(mass["mean"]) == pytest.approx(float(molar["mean"]) * 18.0182, abs=1.5)
    assert molar["bands"][2].range == "3.9\N{EN DASH}10.0"


def test_pressure_is_averaged_by_the_protocol_that_is_named(measuring: Measuring) -> None:
    add_pressure(measuring)
    aha, canada = (
        pressure_report(measuring.patient, PROTOCOLS[code]) for code in ("aha-7-day", "canada-7-day")
    )
    assert aha["average"].count == 28
    assert canada["average"].count == 24
    assert [one.protocol.code for one, _ in aha["averages"]] == list(PROTOCOLS)
    words = [one.word for one in aha["measurements"]]
    assert {"Within the goal", "Above the goal", "Severe"} == set(words)
    newest, early, late = aha["days"][0]
    assert newest == max(day for day, _, _ in aha["days"])
    assert early.count("/") == 2
    assert late.count("/") == 2


def test_weight_is_held_against_the_newest_dry_weight(people: People, measuring: Measuring) -> None:
    weights(measuring, *[80.0] * 8, 82.0, 82.1, 82.2)
    report = series_report(measuring.patient, PLOTTED_BY_CODE["weight"])
    assert report["trend"].above_dry is None
    for days_ago, kilograms in ((9, "75.0"), (1, "80.5")):
        DryWeight.objects.create(
            organization_id=measuring.patient.organization_id,
            patient=measuring.patient,
            kilograms=kilograms,
            reason="Set",
            set_by=people.physician.user,
            set_at=clock.now() - timedelta(days=days_ago),
        )
    found = series_report(measuring.patient, PLOTTED_BY_CODE["weight"])
    assert found["trend"].above_dry == pytest.approx(1.65, abs=0.01)  # today has no weight yet: 82.1 and 82.2
    assert "dry 80.5" in found["plot"].wide
    assert "Dry weight set to 80.5 kg" in [label for _, label in found["marks"]]


def test_somebody_else_on_the_scale_is_asked_about(measuring: Measuring) -> None:
    weights(measuring, 80.0, 80.2, 62.0, 80.1)
    assert series_report(measuring.patient, PLOTTED_BY_CODE["weight"])["jumps"] == 2


def test_a_weak_signal_is_marked_and_said(measuring: Measuring) -> None:
    add_oxygen(measuring)
    report = series_report(measuring.patient, PLOTTED_BY_CODE["oxygen-saturation"])
    assert report["has_open"]
    assert "weak signal or movement" in {row.note for row in report["rows"]}
    assert any("(weak signal or movement)" in said for _, said in report["days"])


def test_withdrawn_values_are_not_drawn(measuring: Measuring) -> None:
    device = measuring.device(Device.Kind.OXIMETER)
    times = mornings(measuring.patient.zone, 9, 3)
    measuring.take(device, "oxygen-saturation", times[:2], np.array([97.0, 96.0]))
    measuring.take(device, "oxygen-saturation", times[2:], np.array([71.0]), int(Flag.RETRACTED))
    report = series_report(measuring.patient, PLOTTED_BY_CODE["oxygen-saturation"])
    assert [row.value for row in report["rows"]] == ["96", "97"]


def test_what_happened_is_drawn_with_its_words(people: People, measuring: Measuring) -> None:
    add_weight(measuring)
    now, patient = clock.now(), measuring.patient
    medicine = Medication(name="Furosemide", started_on=(now - timedelta(days=9)).date())
    save_item(actor=people.physician.actor, patient=patient, item=medicine)
    practitioner = make_practitioner(people.physician)
    started = now - timedelta(days=4)
    open_encounter(
        actor=people.physician.actor, patient=patient, practitioner=practitioner, started_at=started
    )
    MonitoringPause.objects.create(
        organization_id=patient.organization_id,
        monitored=measuring.monitored,
        reason=MonitoringPause.Reason.HOSPITAL,
        starts_at=now - timedelta(days=2),
        ends_at=now - timedelta(days=1),
        set_by=people.physician.user,
    )
    found = series_report(patient, PLOTTED_BY_CODE["weight"])
    assert [label for _, label in found["marks"]] == [
        "Started: Furosemide",
        "Visit",
        "Monitoring paused: in hospital",
    ]


def test_packages_above_add_marks_and_only_the_newest_stay(
    measuring: Measuring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "_sources", [])
    marks.drawn_from(lambda patient, starts, ends: [Mark(starts + step, str(step)) for step in range(20)])
    found = marks.marks_of(measuring.patient, 0, DAY)
    assert [mark.label for mark in found] == [str(step) for step in range(11, 20)]


def test_another_person_has_none_of_them(people: People, measuring: Measuring) -> None:
    add_glucose(measuring, "dm", 3)
    assert set(sources.newest_of(measuring.patient)) == {"glucose"}
    other = make_patient(people, "Marta")
    now = microseconds(clock.now())
    assert len(sources.series_of(other, "glucose", now - 3 * DAY, now)) == 0
    assert sources.newest_of(other) == {}


def test_the_columns_of_the_zooming_plot_are_the_values(measuring: Measuring) -> None:
    add_glucose(measuring, "dm", 3)
    found: dict[str, Any] = explored_values(measuring.patient, EXPLORED["glucose"], 3, DIABETES, Unit.MASS)
    data = found["data"]
    assert len(data["columns"][0]) == len(data["steps"]) + 1 == found["count"]
    assert data["limits"] == [54, 70, 180, 250]
    assert found["rows"][0][1] == [f"{data['columns'][0][-1]:.0f}"]
    assert found["rows"][0][0].timestamp() == data["first"] + sum(data["steps"])
