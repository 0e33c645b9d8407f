"""What a patient measures at a vendor arrives once, in the right unit, at the right time, as what it is."""

from datetime import timedelta

import pytest

from hearthline.monitoring.home.models import UnclaimedReading
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.models import (
    DailySummary,
    Device,
    Ingestion,
    Latest,
    Reading,
    ReadingCorrection,
)
from hearthline.monitoring.readings.summaries import refresh_summaries
from hearthline.monitoring.vendors import jobs, rules
from hearthline.monitoring.vendors.models import (
    VendorLink,
    VendorMeasurement,
    VendorNotification,
    VendorOutage,
)
from hearthline.monitoring.vendors.tests.stage import (
    BEGIN,
    DIASTOLIC,
    KILOGRAM,
    PULSE,
    SYSTOLIC,
    VendorStage,
)

WEIGHT = {KILOGRAM: (81_350, -3)}
PRESSURE = {SYSTOLIC: (132, 0), DIASTOLIC: (84, 0), PULSE: (71, 0)}


def test_a_measurement_comes_by_itself_in_its_unit_and_at_its_time(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(minutes=5):
        stage.cloud.measure(stage.account, WEIGHT)
        stage.cloud.measure(stage.account, PRESSURE)
        stage.hear()
    assert stage.stored("weight") == [(81.35, 0)]
    assert [stage.stored(code) for code in ("systolic", "diastolic", "pulse")] == [
        [(132, 0)],
        [(84, 0)],
        [(71, 0)],
    ]
    assert {one.observed_at for one in Reading.objects.all()} == {BEGIN + timedelta(minutes=5)}
    assert set(Device.objects.values_list("kind", "is_automatic")) == {("scale", True), ("cuff", True)}
    assert set(VendorNotification.objects.values_list("ending", flat=True)) == {"pulled"}
    kept = Ingestion.objects.get()
    assert kept.door == "withings"
    assert b'"grpid": 1' in kept.original()


def test_what_is_typed_in_there_counts_for_care_and_never_for_device_days(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(minutes=5):
        stage.cloud.measure(stage.account, WEIGHT, attrib=2)
        stage.hear()
    with stage.later(minutes=5):
        stage.cloud.measure(stage.account, WEIGHT, attrib=99)  # a way that is not known: as if typed in
        stage.cloud.measure(stage.account, PRESSURE)
        stage.hear()
        refresh_summaries(stage.people.organization.id)
    assert stage.stored("weight") == [(81.35, int(Flag.MANUAL))] * 2
    counts = dict(DailySummary.objects.values_list("metric", "automatic_count"))
    assert counts == {6: 0, 2: 1, 3: 1, 5: 1}


def test_repeats_replays_and_overlaps_store_nothing_twice(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(minutes=5):
        stage.cloud.measure(stage.account, WEIGHT)
        said = list(stage.said)
        stage.hear()
    for _ in range(3):
        with stage.later(minutes=1):
            stage.said += said * 2
            stage.hear()
    with stage.later(hours=2):
        stage.pull(is_due=True)
    assert stage.stored("weight") == [(81.35, 0)]
    assert VendorMeasurement.objects.count() == 1
    assert Ingestion.objects.count() == 1
    assert not VendorNotification.objects.filter(settled_at=None).exists()


@pytest.mark.parametrize(
    "place",
    ["client.changed_since", "client.measured_between", "outages.note_answer", "services.pulling._settle"],
)
def test_a_worker_that_dies_after_the_call_was_acknowledged_loses_and_doubles_nothing(
    stage: VendorStage, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    stage.linked()
    with stage.later(minutes=5):
        stage.cloud.measure(stage.account, WEIGHT)
        stage.deliver()

        def die(*_values: object, **_more: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(f"hearthline.monitoring.vendors.{place}", die)
            with pytest.raises(KeyboardInterrupt):
                stage.pull()
        assert stage.stored("weight") == []
        assert VendorNotification.objects.filter(settled_at=None).count() == 1
        stage.pull()
    assert stage.stored("weight") == [(81.35, 0)]
    assert VendorMeasurement.objects.count() == Ingestion.objects.count() == 1


def test_a_lost_call_is_made_good_by_the_hour(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(minutes=50):
        stage.cloud.measure(stage.account, WEIGHT)
        assert jobs.queue_due(stage.people.organization.id) == 0
    with stage.later(minutes=11):
        assert jobs.queue_due(stage.people.organization.id) == 1
        assert jobs.queue_due(stage.people.organization.id) == 0  # leased
        stage.pull(is_due=True)
    assert stage.stored("weight") == [(81.35, 0)]


def test_what_the_vendor_stores_late_is_found_by_the_overlap(stage: VendorStage) -> None:
    stage.linked()
    for _ in range(3):
        with stage.later(hours=1):
            stage.pull(is_due=True)
    # A device that was offline: measured two hours ago, and stored on a server whose clock is behind.
    at = (BEGIN + timedelta(hours=1)).timestamp()
    group = stage.cloud.measure(stage.account, WEIGHT, at=at)
    group["modified"] = int((stage.moment - timedelta(hours=3)).timestamp())
    with stage.later(minutes=1):
        stage.pull(is_due=True)
    assert stage.stored("weight") == [(81.35, 0)]


def test_nothing_measured_before_the_person_agreed_is_taken(stage: VendorStage) -> None:
    stage.cloud.measure(stage.account, WEIGHT, at=(BEGIN - timedelta(days=3)).timestamp())
    stage.cloud.measure(stage.account, WEIGHT, at=(BEGIN - timedelta(minutes=1)).timestamp())
    stage.linked()
    with stage.later(hours=2):
        stage.pull(is_due=True)
    assert stage.stored("weight") == []


def test_more_than_a_page_comes_whole(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(days=1):
        for minute in range(230):
            at = (BEGIN + timedelta(minutes=minute)).timestamp()
            stage.cloud.measure(stage.account, {KILOGRAM: (80_000 + minute, -3)}, at=at)
        stage.pull(is_due=True)
    values = [value for value, _flags in stage.stored("weight")]
    assert values == [round(80 + minute / 1000, 3) for minute in range(230)]


def test_a_change_there_is_a_correction_here(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(minutes=5):
        group = stage.cloud.measure(stage.account, WEIGHT)
        stage.hear()
    with stage.later(minutes=5):
        stage.cloud.change(stage.account, group, measures=[{"value": 7935, "type": 1, "unit": -2}])
        stage.hear()
    assert stage.stored("weight") == [(79.35, int(Flag.CORRECTED))]
    correction = ReadingCorrection.objects.get()
    assert (round(correction.old_value, 2), round(correction.new_value or 0, 2)) == (81.35, 79.35)
    with stage.later(minutes=5):
        stage.cloud.change(stage.account, group, date=group["date"] - 60)
        stage.hear()
    flags = [flags for _value, flags in stage.stored("weight")]
    assert flags == [0, int(Flag.CORRECTED | Flag.RETRACTED)]


def test_a_deletion_there_withdraws_at_the_second_look(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(minutes=5):
        stage.cloud.measure(stage.account, {KILOGRAM: (80, 0)})
        group = stage.cloud.measure(stage.account, WEIGHT, at=stage.moment.timestamp() - 30)
        stage.hear()
    with stage.later(minutes=5):
        stage.cloud.delete(stage.account, group)
        link = stage.hear()
        assert stage.stored("weight") == [(81.35, 0), (80, 0)]
        assert link.next_pull_at == stage.moment + rules.MISSING_FOR
    with stage.later(minutes=10):
        stage.pull(is_due=True)
    assert stage.stored("weight") == [(81.35, int(Flag.RETRACTED)), (80, 0)]
    assert round(Latest.objects.get().value, 2) == 80


def test_an_answer_that_was_short_by_accident_withdraws_nothing(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(minutes=5):
        group = stage.cloud.measure(stage.account, WEIGHT)
        stage.hear()
    with stage.later(minutes=5):
        stage.cloud.delete(stage.account, group)
        stage.hear()
        stage.account.groups.append(group)
    with stage.later(minutes=20):
        stage.pull(is_due=True)
    assert stage.stored("weight") == [(81.35, 0)]
    assert VendorMeasurement.objects.get().missing_since is None


def test_whose_it_is_is_asked_when_the_scale_does_not_know(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(minutes=5):
        group = stage.cloud.measure(stage.account, WEIGHT, attrib=1)
        stage.hear()
    assert stage.stored("weight") == []
    assert round(UnclaimedReading.objects.get().value, 2) == 81.35
    with stage.later(minutes=5):  # the person says in the vendor's app that it was them
        stage.cloud.change(stage.account, group, attrib=0)
        stage.hear()
    assert stage.stored("weight") == [(81.35, 0)]


@pytest.mark.parametrize(
    ("values", "why"),
    [({KILOGRAM: (8, 2)}, "800 kg"), ({4: (172, -2)}, "height"), ({KILOGRAM: (8, 300)}, "no number")],
)
def test_what_cannot_be_or_is_not_asked_for_is_not_stored(
    stage: VendorStage, values: dict[int, tuple[int, int]], why: str
) -> None:
    stage.linked()
    with stage.later(minutes=5):
        stage.cloud.measure(stage.account, values)
        stage.cloud.measure(stage.account, PRESSURE)
        stage.hear()
    assert stage.stored("weight") == [], why
    assert stage.stored("systolic") == [(132, 0)]


@pytest.mark.parametrize(
    ("body", "ending"),
    [
        (b"userid=1&appli=1&startdate=1&enddate=2", "not-ours"),
        (b"\xff\xfe", "unreadable"),
        (b"appli=1", "unreadable"),
        (b"userid=40000001&appli=1&startdate=99999999999999999&enddate=1", "unreadable"),
    ],
)
def test_a_call_that_says_nonsense_is_kept_and_does_no_harm(
    stage: VendorStage, body: bytes, ending: str
) -> None:
    stage.linked()
    with stage.later(minutes=5):
        stage.said.append(("POST", "x", body))
        stage.hear()
    assert VendorNotification.objects.get().ending == ending
    assert stage.link.state == VendorLink.State.ACTIVE


def test_a_vendor_that_is_away_is_asked_later_and_is_one_incident(stage: VendorStage) -> None:
    stage.linked()
    stage.moment += timedelta(minutes=20)
    stage.cloud.is_away = True
    waits = []
    for _ in range(5):
        with stage.later(minutes=0):
            link = stage.pull(is_due=True)
            waits.append((link.next_pull_at - stage.moment).total_seconds())
        stage.moment = link.next_pull_at
    assert waits == [30, 60, 120, 240, 480]
    assert VendorOutage.objects.get().ended_at is None
    with stage.later(seconds=1):
        stage.cloud.measure(stage.account, WEIGHT)
        stage.deliver()
    stage.cloud.is_away = False
    with stage.later(minutes=9):
        stage.pull(is_due=True)
    assert stage.stored("weight") == [(81.35, 0)]
    assert VendorOutage.objects.get().ended_at == stage.moment
    assert stage.link.failures == 0


def test_while_it_backs_off_a_call_does_not_make_it_ask(stage: VendorStage) -> None:
    stage.linked()
    stage.cloud.is_away = True
    with stage.later(minutes=5):
        stage.pull(is_due=True)
        asked = len(stage.cloud.asked)
        stage.cloud.is_away = False
        stage.cloud.measure(stage.account, WEIGHT)
        stage.hear()
    assert len(stage.cloud.asked) == asked
    assert VendorNotification.objects.filter(settled_at=None).count() == 1


def test_values_that_come_while_the_link_is_ended_are_not_taken(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(minutes=5):
        stage.cloud.measure(stage.account, WEIGHT)
        stage.deliver()
        assert stage.people.patient.client.post(f"{stage.url}end/").status_code == 303
        stage.pull()
    assert stage.stored("weight") == []
    assert VendorNotification.objects.get().ending == "over"
