"""What each kind of rule sees, how the states move, and that order and repetition of arrival change nothing."""

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.monitoring.alerts.rules.defaults import shipped_rules
from hearthline.monitoring.alerts.rules.judging import QUIET, Judgement, State, in_order, judge, overdue
from hearthline.monitoring.alerts.rules.kinds import (
    DAY_US,
    KINDS,
    MINUTE_US,
    Change,
    Direction,
    Kind,
    Limit,
    Mean,
    RuleSettingsError,
    Trend,
    rule_from,
    written_down,
)
from hearthline.monitoring.alerts.rules.looks import Look, Report, Sample, look_at
from hearthline.monitoring.alerts.rules.machine import MOVES, Happening, Phase, Signal, move
from hearthline.monitoring.readings.flags import Flag

HIGH, LOW = Direction.HIGH, Direction.LOW
LOW_GLUCOSE = Limit("glucose", LOW, limit=70, clear=80, is_inclusive=False, run_count=3, run_minutes=10)
SEVERE = Limit("systolic", HIGH, limit=180, clear=170, is_inclusive=False, ask_minutes=15)
PLAIN = Limit("glucose", HIGH, limit=250, clear=230, is_inclusive=False)
PLAIN_FLAG = Flag(0)
START = 1_764_000_000_000_000


def at(minutes: float, value: float, flags: Flag = PLAIN_FLAG, device: int = 1) -> Sample:
    when = START + round(minutes * MINUTE_US)
    return Sample(when, device, value, int(flags), when, when)


def day(days: float, value: float) -> Sample:
    return at(days * 24 * 60, value)


def happenings(rule: Kind, *samples: Sample, state: State = QUIET, **more: Any) -> list[Happening]:
    return [one.happening for one in judge(rule, state, samples, **more).judgements]


def test_hysteresis_keeps_one_alert_while_values_waver_about_the_limit() -> None:
    wavering = [at(5 * place, value) for place, value in enumerate([255, 245, 252, 240, 260, 229, 251])]
    assert happenings(PLAIN, *wavering) == [Happening.RAISED, Happening.RESOLVED, Happening.RAISED]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([69, 68], []),
        ([69, 68, 67], [Happening.RAISED]),
        ([69, 75, 68, 67], []),  # the run was broken, though none was well back
        ([69, 68, 67, 85], [Happening.RAISED, Happening.RESOLVED]),
        ([70, 70, 70, 70], []),  # 70 is in range
    ],
)
def test_debounce_by_count_and_time(values: list[float], expected: list[Happening]) -> None:
    assert happenings(LOW_GLUCOSE, *[at(5 * place, value) for place, value in enumerate(values)]) == expected


def test_debounce_by_time_does_not_count_three_values_of_one_minute() -> None:
    assert happenings(LOW_GLUCOSE, at(0, 60), at(0.4, 60), at(0.8, 60)) == []


def test_a_low_value_and_then_silence_raises() -> None:
    state = judge(LOW_GLUCOSE, QUIET, [at(0, 60)]).state
    assert overdue(state, now_us=START + 19 * MINUTE_US).judgements == ()
    outcome = overdue(state, now_us=START + 20 * MINUTE_US)
    assert outcome.judgements == (Judgement(Happening.RAISED, 60, None),)
    assert outcome.state.phase is Phase.ACTIVE


def test_a_severe_value_asks_for_a_repeat_and_a_good_repeat_settles_it() -> None:
    assert happenings(SEVERE, at(0, 185), at(10, 150)) == [Happening.ASKED, Happening.SETTLED]
    assert happenings(SEVERE, at(0, 185), at(10, 183)) == [Happening.ASKED, Happening.RAISED]


def test_a_repeat_that_never_comes_raises_on_the_servers_clock() -> None:
    asked = judge(SEVERE, QUIET, [at(0, 185)]).state
    assert asked.due_us == START + 15 * MINUTE_US
    raised = overdue(asked, now_us=asked.due_us)
    assert [one.happening for one in raised.judgements] == [Happening.RAISED]
    assert overdue(raised.state, now_us=asked.due_us + DAY_US).judgements == ()


def test_worse_by_the_width_of_the_band_is_told_again_and_less_is_not() -> None:
    values = [at(0, 255), at(5, 270), at(10, 276), at(15, 280), at(20, 297)]
    assert happenings(PLAIN, *values) == [Happening.RAISED, Happening.WORSENED, Happening.WORSENED]


def test_sentinels_fire_whatever_number_stands_for_them() -> None:
    low = Limit("glucose", LOW, limit=35, clear=40)
    assert happenings(low, at(0, 39, Flag.LOW)) == [Happening.RAISED]
    assert happenings(low, at(0, 39)) == []
    high = Limit("glucose", HIGH, limit=500, clear=450)
    assert happenings(high, at(0, 401, Flag.HIGH)) == [Happening.RAISED]
    # The trap of a low sentinel of 39 that neither "above 39" nor "below 39" covers.
    assert happenings(Limit("glucose", LOW, limit=54, clear=60), at(0, 39, Flag.LOW)) == [Happening.RAISED]


@pytest.mark.parametrize(
    "flag", [Flag.FUTURE, Flag.RETRACTED, Flag.NEAR_DUPLICATE, Flag.LATE, Flag.CORRECTED, Flag.EXERTION]
)
def test_values_that_must_not_speak_neither_page_nor_resolve(flag: Flag) -> None:
    assert in_order([at(0, 300, flag), at(1, math.nan), at(2, 100, flag)], mark_us=0) == []


def test_what_is_older_than_the_newest_judged_is_not_judged() -> None:
    assert in_order([at(0, 300), at(5, 310)], mark_us=at(5, 0).at_us) == [at(5, 310)]


def test_change_is_against_the_best_of_the_window_and_not_before_it() -> None:
    rule = Change("weight", HIGH, amount=2, within_minutes=3 * 24 * 60, is_inclusive=False, doubt_amount=5)
    assert happenings(rule, day(0, 80), day(1, 80.5), day(2, 82.0)) == []
    assert happenings(rule, day(0, 80), day(1, 80.5), day(2, 82.1)) == [Happening.RAISED]
    assert happenings(rule, day(0, 80), day(4, 82.5)) == []  # too long ago to say
    falling = Change("glucose", LOW, amount=30, within_minutes=15)
    assert happenings(falling, at(0, 150), at(5, 135), at(10, 119)) == [Happening.RAISED]


def test_another_person_on_the_scale_is_doubted_and_does_not_become_the_baseline() -> None:
    rule = Change("weight", HIGH, amount=2, within_minutes=3 * 24 * 60, doubt_amount=5)
    outcome = judge(rule, QUIET, [day(0, 80), day(1, 92), day(2, 80.3)])
    assert outcome.judgements == ()
    assert outcome.doubtful == (day(1, 92),)


def test_trend_is_against_the_own_baseline_and_needs_enough_of_both() -> None:
    rule = Trend(
        "systolic", HIGH, amount=15, recent_days=3, baseline_days=14, recent_count=3, baseline_count=6
    )
    past = [day(-13 + place, 120 + place % 3) for place in range(10)]
    new = [day(0, 139), day(1, 140), day(2, 138)]
    outcome = judge(rule, QUIET, new, past=past)
    assert [one.happening for one in outcome.judgements] == [Happening.RAISED]
    assert outcome.judgements[0].figure == pytest.approx(18)
    assert judge(rule, QUIET, new, past=past[:5]).judgements == ()


def test_a_mean_needs_its_number_of_values() -> None:
    rule = Mean("systolic", HIGH, limit=135, clear=130, days=7, value_count=12)
    values = [day(place / 2, 138) for place in range(12)]
    assert happenings(rule, *values[:11]) == []
    assert happenings(rule, *values) == [Happening.RAISED]


def test_a_value_with_a_symptom_counts_only_with_the_symptom_near() -> None:
    rule = Limit("systolic", HIGH, limit=160, clear=150, symptoms=("headache",), symptom_minutes=60)
    near = Report(at(30, 0).at_us, frozenset({"headache"}))
    far = Report(at(90, 0).at_us, frozenset({"headache"}))
    other = Report(at(0, 0).at_us, frozenset({"cough"}))
    assert look_at(rule, [at(0, 165)], [near]).look is Look.BEYOND
    assert look_at(rule, [at(0, 165)], [far, other]).look is Look.BETWEEN


def test_the_moves_name_known_states_only_and_each_state_can_be_left() -> None:
    assert {target for target, _ in MOVES.values()} == set(Phase)
    for phase in Phase:
        assert any(source is phase and target is not phase for (source, _), (target, _) in MOVES.items())
    # Whoever is told was told of something new: no move raises twice or resolves what was never raised.
    for (source, _), (target, happening) in MOVES.items():
        if happening is Happening.RAISED:
            assert (source is not Phase.ACTIVE, target) == (True, Phase.ACTIVE)
        if happening is Happening.RESOLVED:
            assert (source, target) == (Phase.ACTIVE, Phase.QUIET)
    assert move(Phase.ACTIVE, Signal.OVERDUE) == (Phase.ACTIVE, None)


STREAM = st.lists(
    st.tuples(
        st.sampled_from([55, 65, 69, 72, 79, 85, 140, 240, 252, 275, 300]),
        st.sampled_from([Flag(0), Flag(0), Flag(0), Flag.LOW, Flag.FUTURE, Flag.LATE]),
    ),
    min_size=1,
    max_size=40,
).map(lambda values: [at(5 * place, value, flags) for place, (value, flags) in enumerate(values)])


def in_groups(rule: Kind, groups: list[list[Sample]]) -> tuple[list[Judgement], State]:
    """Judge group after group as the engine does: state, newest judged and stored values carried along."""
    state, mark_us = QUIET, 0
    stored: list[Sample] = []
    told: list[Judgement] = []
    for group in groups:
        new = in_order(set(group) - set(stored), mark_us=mark_us)
        if new:
            past = sorted(one for one in stored if one.is_judged and one.at_us < new[0].at_us)
            outcome = judge(rule, state, new, past=past)
            told += outcome.judgements
            state, mark_us = outcome.state, new[-1].at_us
        stored += [one for one in group if one not in stored]
    return told, state


@given(
    stream=STREAM,
    rule=st.sampled_from([PLAIN, LOW_GLUCOSE, Change("glucose", LOW, amount=30, within_minutes=15)]),
    data=st.data(),
)
def test_any_order_inside_any_groups_and_any_repetition_give_the_same_alerts(
    stream: list[Sample], rule: Kind, data: st.DataObject
) -> None:
    expected = in_groups(rule, [stream])
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=6)))
    groups = [stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])]
    shuffled = []
    for place, group in enumerate(groups):
        before = [one for known in groups[: place + 1] for one in known]
        again = data.draw(st.lists(st.sampled_from(before), max_size=10)) if before else []
        shuffled.append(data.draw(st.permutations(group + again)))
    assert in_groups(rule, shuffled) == expected


@given(stream=STREAM, order=st.randoms(use_true_random=False))
def test_in_any_order_of_arrival_late_values_change_nothing(stream: list[Sample], order: Any) -> None:
    arriving = list(stream)
    order.shuffle(arriving)
    newest, records = 0, []
    for sample in arriving:
        if sample.is_judged and sample.at_us >= newest:
            newest = sample.at_us
            records.append(sample)
    assert in_groups(PLAIN, [[one] for one in arriving]) == in_groups(PLAIN, [[one] for one in records])


@given(stream=STREAM)
def test_alerts_alternate_between_raised_and_resolved(stream: list[Sample]) -> None:
    told, _ = in_groups(PLAIN, [stream])
    kinds = [one.happening for one in told if one.happening is not Happening.WORSENED]
    assert all(one is not other for one, other in pairwise(kinds))
    assert kinds[:1] in ([], [Happening.RAISED])


def test_every_shipped_rule_reads_back_as_it_was_written_and_names_its_source() -> None:
    rules = shipped_rules()
    assert len({one.code for one in rules}) == len(rules) > 10
    for one in rules:
        assert rule_from(written_down(one.rule)) == one.rule
        assert len(one.source) > 20
    assert {type(one.rule) for one in rules} <= set(KINDS.values())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "guess"}, "kind"),
        ({"metric": "mood"}, "metric"),
        ({"direction": "sideways"}, "direction"),
        ({"limit": "many"}, "limit"),
        ({"limit": math.nan}, "limit"),
        ({"limit": -1}, "limit"),
        ({"clear": 300}, "clear"),
        ({"run_count": 0}, "run_count"),
        ({"run_count": 1.5}, "run_count"),
        ({"symptoms": "headache"}, "symptoms"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_field_that_is_wrong(change: dict[str, Any], field: str) -> None:
    written = {"kind": "limit", "metric": "glucose", "direction": "high", "limit": 250, "clear": 230}
    with pytest.raises(RuleSettingsError) as refused:
        rule_from({**written, **change})
    assert refused.value.field == field
    with pytest.raises(RuleSettingsError):
        rule_from({name: value for name, value in written.items() if name != "limit"})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"direction": "high"}, "direction"),
        ({"clear": 60}, "clear"),
        ({"clear": 101}, "clear"),
        ({"limit": 0}, "clear"),
        ({"days": 91}, "days"),
        ({"awaited_count": 0}, "awaited_count"),
    ],
)
def test_adherence_is_a_share_of_what_was_planned(change: dict[str, Any], field: str) -> None:
    written = {"kind": "adherence", "metric": "weight", "direction": "low", "limit": 70, "clear": 80}
    written |= {"days": 7, "awaited_count": 4}
    assert written_down(rule_from(written)) == written
    with pytest.raises(RuleSettingsError) as refused:
        rule_from({**written, **change})
    assert refused.value.field == field


def test_a_rule_may_not_look_back_for_ever() -> None:
    written = {
        "kind": "mean",
        "metric": "weight",
        "direction": "high",
        "limit": 90,
        "clear": 80,
        "value_count": 3,
    }
    with pytest.raises(RuleSettingsError, match="90 days"):
        rule_from({**written, "days": 400})
