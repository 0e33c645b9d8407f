import contextlib
import copy
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.monitoring.readings.metrics import BY_CODE
from hearthline.programs.chain import Facts, Step, baseline_days, is_whole, stands_at
from hearthline.programs.definitions import (
    DefinitionError,
    read_definition,
    shipped,
    shipped_content,
)
from tests.readability import count, fernandez_huerta, kincaid_grade

HYPERTENSION = shipped_content()["hypertension"]
NOTHING = Facts(*([False] * 7))


def test_what_is_shipped_is_whole() -> None:
    assert {one.code for one in shipped()} == {"copd-oxygen", "diabetes-cgm", "heart-failure", "hypertension"}
    for one in shipped():
        assert one.source
        assert one.phases[0].code == "baseline"
        assert any(item.least_days for item in one.phases[0].plan)
        assert all(item.metric in BY_CODE for phase in one.phases for item in phase.plan)
        for words in (one.name, one.aim, *(lesson.body for phase in one.phases for lesson in phase.lessons)):
            assert set(words) == {"en", "es", "ar"}


@pytest.mark.parametrize("definition", shipped(), ids=lambda one: one.code)
def test_lessons_are_easy_to_read(definition: Any) -> None:
    lessons = [lesson for phase in definition.phases for lesson in phase.lessons]
    assert lessons
    for lesson in lessons:
        assert kincaid_grade(count([lesson.body["en"]], "en")) <= 6, lesson.code
        assert fernandez_huerta(count([lesson.body["es"]], "es")) >= 70, lesson.code


def test_a_window_is_read() -> None:
    first = read_definition(HYPERTENSION).phases[0].plan[0]
    assert (first.windows[0].starts, first.windows[0].ends) == (time(6), time(10))
    assert first.weekdays == tuple(range(7))


def twice() -> dict[str, Any]:
    table = copy.deepcopy(HYPERTENSION)
    table["phase"][0]["plan"] *= 2
    return table


def change(**path: Any) -> dict[str, Any]:
    table = copy.deepcopy(HYPERTENSION)
    for key, value in path.items():
        if value is None:
            del table[key]
        else:
            table[key] = value
    return table


def first_plan(**values: Any) -> dict[str, Any]:
    table = copy.deepcopy(HYPERTENSION)
    table["phase"][0]["plan"][0].update(values)
    return table


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (change(source=None), "source is missing"),
        (change(source=" "), "source is missing"),
        (change(code="Has Space"), "small letters"),
        (change(version=0), "whole number"),
        (change(version=True), "whole number"),
        (change(name={"es": "Presión"}), "English words"),
        (change(name="Pressure"), "words by language"),
        (change(phase=[]), "phases"),
        (change(phase="x"), "is a list"),
        (change(phase=[HYPERTENSION["phase"][0]] * 2), "one code"),
        (change(phase=[HYPERTENSION["phase"][2], HYPERTENSION["phase"][0]]), "only the last phase"),
        (first_plan(metric="mood"), "catalogue"),
        (twice(), "stands there twice"),
        (first_plan(windows=["25:00-26:00"]), "no window"),
        (first_plan(windows=["10:00-06:00"]), "ends before"),
        (first_plan(windows=[]), "either windows"),
        (first_plan(is_continuous=True), "either windows"),
        (first_plan(weekdays=[7]), "weekdays"),
    ],
)
def test_what_is_no_program_is_refused_with_the_place(table: dict[str, Any], problem: str) -> None:
    with pytest.raises(DefinitionError, match=problem):
        read_definition(table)


JSON = st.recursive(  # never words with an English key
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["plan", "rules", "lessons", "tasks", "days", "code", "name"]), JSON)
def test_garbage_in_a_phase_is_refused_or_harmless(key: str, garbage: Any) -> None:
    table = copy.deepcopy(HYPERTENSION)
    table["phase"][0][key] = garbage
    with contextlib.suppress(DefinitionError):
        assert read_definition(table).phases[0].code


@given(st.sampled_from(sorted(HYPERTENSION)), JSON)
def test_garbage_is_refused_in_words(key: str, garbage: Any) -> None:
    table = HYPERTENSION | {key: garbage}
    if key in {"code", "source", "version"} and type(garbage) is type(HYPERTENSION[key]):
        return  # may well be right
    with pytest.raises(DefinitionError, match=r"program|phase"):
        read_definition(table)


def test_the_chain_goes_one_step_at_a_time() -> None:
    names = ("has_consent", "has_device", "is_set_up", "has_reading", "is_baseline_whole", "has_limits")
    values = dict.fromkeys((*names, "is_ended"), False)
    expected = ["consent", "device", "set_up", "first_reading", "baseline", "limits", "monitoring"]
    steps = [stands_at(Facts(**values))]
    for name in names:
        values[name] = True
        steps.append(stands_at(Facts(**values)))
    assert steps == expected


@given(st.tuples(*[st.booleans()] * 7))
def test_an_end_waits_only_for_the_device(values: tuple[bool, ...]) -> None:
    facts = Facts(*values)
    step = stands_at(facts)
    if facts.is_ended:
        assert step is (Step.RETURN if facts.has_device else Step.CLOSED)
    else:
        assert step not in {Step.RETURN, Step.CLOSED}
        assert (step is Step.MONITORING) == all(values[:6])


def test_a_baseline_has_the_days_it_needs() -> None:
    phase = read_definition(HYPERTENSION).phases[0]
    since = date(2026, 3, 2)
    days = {"systolic": {date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)}}
    assert baseline_days(phase, days, since) == {"systolic": (2, 3)}
    assert not is_whole(baseline_days(phase, days, since))
    days["systolic"].add(date(2026, 3, 4))
    assert is_whole(baseline_days(phase, days, since))
