"""What a drawing says: to the eye by its places, to a screen reader by its words, and without colour."""

import itertools
import re
from datetime import date
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.utils.safestring import SafeString
from hypothesis import given
from hypothesis import strategies as st

from hearthline.monitoring.plots.agp import PERCENTILES, days_of, profile_of
from hearthline.monitoring.plots.drawing import glucose as drawing
from hearthline.monitoring.plots.drawing import vitals
from hearthline.monitoring.plots.drawing.canvas import (
    NARROW,
    WIDE,
    Frame,
    Level,
    Mark,
    Picture,
    Size,
    apart,
    grid_values,
    path,
)
from hearthline.monitoring.plots.glucose import Trace
from hearthline.monitoring.plots.local_time import DAY, MINUTE
from hearthline.monitoring.plots.targets import STANDARD_LIMITS
from hearthline.monitoring.plots.tests.traces import REAL, trace

UTC = ZoneInfo("UTC")
SVG = "{http://www.w3.org/2000/svg}"
FORTNIGHT = [(date(1970, 1, 1 + day), day * DAY) for day in range(14)]


def read(svg: str) -> ET.Element:
    named = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return ET.fromstring(named)  # noqa: S314 — drawn by us


def texts(svg: str) -> list[str]:
    return [one.text or "" for one in read(svg).iter(f"{SVG}text")]


def agp(size: Size, title: str = "Glucose") -> SafeString:
    profile = profile_of(trace("dm"), UTC, 15, 1)
    lines = [Level(54, "54"), Level(70, "70"), Level(180, "180"), Level(250, "250")]
    return drawing.agp_drawing(size, profile, STANDARD_LIMITS, lines, "mg/dL", title, "Words")


@pytest.mark.parametrize("name", REAL)
def test_percentiles_are_those_of_numpy(name: str) -> None:
    played = trace(name)
    profile = profile_of(played, UTC, 60)
    hours = played.times % DAY // (60 * MINUTE)
    for hour in range(24):
        values = played.values[hours == hour]
        assert profile[:, hour] == pytest.approx(np.percentile(values, PERCENTILES), abs=1e-9)


def test_smoothing_takes_the_neighbours_and_midnight_has_two() -> None:
    times = np.arange(0, 10 * DAY, 15 * MINUTE)
    played = Trace(times, np.where(times % DAY == 0, 300.0, 100.0))
    assert profile_of(played, UTC, 15)[2, 0] == 300
    smooth = profile_of(played, UTC, 15, 1)
    assert smooth[2, 0] == 100
    assert smooth[4, 95] == smooth[4, 1] == 300
    assert smooth[4, 2] == 100


def test_too_few_values_leave_a_gap() -> None:
    times = np.arange(0, 3 * DAY, 60 * MINUTE)
    assert np.isnan(profile_of(Trace(times, np.full(times.shape, 100.0)), UTC, 60)).all()


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_a_drawing_has_a_title_a_description_and_names_of_its_own(size: Size) -> None:
    root = read(agp(size, "Mg & <more>"))
    assert root.get("role") == "img"
    named = {one.get("id"): one.text for one in root if one.tag in {f"{SVG}title", f"{SVG}desc"}}
    assert [named[name] for name in str(root.get("aria-labelledby")).split()] == ["Mg & <more>", "Words"]
    assert not set(re.findall(r' id="([^"]+)"', agp(WIDE))) & set(re.findall(r' id="([^"]+)"', agp(NARROW)))


def test_what_colour_says_stands_in_words_too() -> None:
    assert {"54", "70", "180", "250", "mg/dL", "5 %", "50 %", "95 %"} <= set(texts(agp(WIDE)))


def test_a_page_leaves_the_colours_to_its_stylesheet_and_paper_keeps_them() -> None:
    picture = Picture(agp)
    assert "#" not in re.sub(r"url\(#[^)]*\)", "", picture.wide)
    assert "#2f7d57" in picture.paper
    assert read(picture.wide) is not None
    assert str(picture).count("<svg") == 2


@given(
    st.lists(st.tuples(st.floats(0, 700), st.floats(0, 300)), min_size=2, max_size=50),
    st.sampled_from([1, 2]),
)
def test_relative_steps_lead_where_the_points_are(places: list[tuple[float, float]], parts: int) -> None:
    across, up = (np.array(column) for column in zip(*places, strict=True))
    drawn = path(across, up, parts)
    numbers = [float(one) for one in re.findall(r"-?(?:\d+(?:\.\d+)?)", drawn)]
    found = np.cumsum(np.array(numbers).reshape(-1, 2), axis=0)
    assert np.abs(found[:, 0] - across).max() <= 0.5 / parts + 1e-6
    assert np.abs(found[:, 1] - up).max() <= 0.5 / parts + 1e-6


def test_a_lone_point_is_a_dot_that_browsers_draw() -> None:
    assert path(np.array([664.0]), np.array([73.0]), 1) == "M664,73l0,0"


@given(st.lists(st.floats(0, 200), max_size=8))
def test_labels_do_not_run_into_each_other(wanted: list[float]) -> None:
    placed = apart(wanted, 12, 0, 200)
    assert all(-1e-9 <= place <= 200 + 1e-9 for place in placed) or len(wanted) * 12 > 200
    ordered = sorted(placed)
    assert all(after - before >= 12 - 1e-6 for before, after in itertools.pairwise(ordered))


@given(st.floats(-50, 500), st.floats(0.5, 400))
def test_grids_are_round_and_inside(bottom: float, span: float) -> None:
    values = grid_values(bottom, bottom + span)
    assert 2 <= len(values) <= 7
    assert bottom - 1e-5 <= values[0] <= values[-1] <= bottom + span + 1e-5


@given(st.floats(20, 700))
def test_a_higher_value_is_never_drawn_lower(value: float) -> None:
    frame = Frame(WIDE, 0, 1440, 40, 350)
    assert frame.y(value) >= frame.y(value + 1)
    assert WIDE.above - 1e-9 <= frame.y(value) <= WIDE.floor + 1e-9


def test_a_small_day_fills_what_is_out_of_range_and_hides_no_low() -> None:
    minutes = np.arange(0, DAY, 5 * MINUTE)
    values = np.full(minutes.shape, 120.0)
    (calm,) = days_of(Trace(minutes, values), UTC, date(1970, 1, 1), 1)
    assert 'class="low"' not in drawing.day_drawing(calm, STANDARD_LIMITS, "calm")
    values[100] = 52.0  # one value of five minutes
    (fell,) = days_of(Trace(minutes, values), UTC, date(1970, 1, 1), 1)
    assert 'class="low"' in drawing.day_drawing(fell, STANDARD_LIMITS, "fell")


def test_a_silence_is_not_bridged() -> None:
    minutes = np.concatenate([np.arange(0, 300, 5), np.arange(600, 900, 5)]) * MINUTE
    (day,) = days_of(Trace(minutes, np.full(minutes.shape, 120.0)), UTC, date(1970, 1, 1), 1)
    assert drawing.day_drawing(day, STANDARD_LIMITS, "t").count('class="day"') == 2


@given(st.lists(st.integers(0, 4032), min_size=5, max_size=5).filter(any))
def test_the_bar_is_full_and_shows_every_band_that_held_time(counts: list[int]) -> None:
    percentages = [100 * one / sum(counts) for one in counts]
    root = read(drawing.band_drawing(WIDE, percentages, [f"{one:.1f}" for one in percentages], "t", "d"))
    bars = list(root.iter(f"{SVG}rect"))
    assert len(bars) == sum(count > 0 for count in counts)
    assert all(float(str(bar.get("height"))) > 0 for bar in bars)
    last = bars[-1]
    assert float(str(last.get("y"))) + float(str(last.get("height"))) == pytest.approx(
        drawing.BAND_SIZE.height, abs=0.5
    )


def pressures(upper: list[float], marks: list[Mark] | None = None) -> vitals.PressurePlot:
    times = np.arange(len(upper), dtype=np.int64) * DAY + 8 * 60 * MINUTE
    values = np.array(upper)
    return vitals.PressurePlot(
        vitals.Days(FORTNIGHT, 14 * DAY),
        times,
        values,
        np.full(values.shape, 80.0),
        np.arange(values.size) % 2 == 0,
        np.where(values > 180, 2, np.where(values >= 130, 1, 0)),
        np.zeros(values.shape, dtype=np.int64),
        vitals.AverageLine(0, 5 * DAY, 133.4, 80.0),
        [130.0, 80.0],
        marks or [],
    )


def test_mornings_are_round_and_evenings_square() -> None:
    svg = vitals.pressure_drawing(WIDE, pressures([120.0, 125.0, 186.0, 131.0]), "t", "d")
    assert 'class="dot severe"' in svg
    assert 'class="open over"' in svg
    assert {"130", "133", "80"} <= set(texts(svg))


def test_flags_keep_the_numbers_of_the_list_on_a_telephone() -> None:
    starts = [(date(2026, 1, 1 + day), day * DAY) for day in range(30)]
    plot = vitals.SeriesPlot(
        "weight",
        "kg",
        vitals.Days(starts, 30 * DAY),
        np.array([20, 25], dtype=np.int64) * DAY,
        np.array([80.0, 81.0]),
        np.array([False, True]),
        [Level(79.5, "dry")],
        marks=[Mark(2 * DAY, "first"), Mark(22 * DAY, "second")],
    )
    wide, narrow = (vitals.series_drawing(size, plot, "t", "d") for size in (WIDE, NARROW))
    assert {"1", "2", "dry"} <= set(texts(wide))
    assert "2" in texts(narrow)
    assert "1" not in texts(narrow)
    assert 'class="open within"' in narrow
