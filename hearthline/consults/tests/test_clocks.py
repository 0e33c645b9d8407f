"""What happens by itself: late answers, critical findings that nobody took in, unread answers, grants that are over."""

from datetime import timedelta

from hearthline.consults import jobs
from hearthline.consults.models import Consult, Grant
from hearthline.consults.queries import measures
from hearthline.consults.services import closing, critical, reading
from hearthline.consults.tests.stage import MONDAY, CaseStage, answer, as_person, ask, ask_unassigned, grant
from hearthline.foundation import clock
from hearthline.messaging.models import StaffNotice


def told(consult: Consult) -> list[str]:
    notices = (
        StaffNotice.objects.filter(about_id=consult.pk).select_related("user").order_by("created_at", "id")
    )
    return [one.user.name for one in notices]


def test_late_answers_are_told_to_named_people_one_after_the_other(stage: CaseStage) -> None:
    consult = ask(stage, urgency="urgent")
    home = stage.people.organization.id
    for hours, people in ((3, []), (4.5, ["June Whitfield"]), (4.7, ["June Whitfield"])):
        with clock.frozen(MONDAY + timedelta(hours=hours)):
            jobs.escalate(home)
        assert told(consult) == people
    with clock.frozen(MONDAY + timedelta(hours=6)):
        jobs.escalate(home)
        jobs.escalate(home)
    assert told(consult) == ["June Whitfield", "Ines Okafor"]


def test_a_clock_that_stands_still_is_never_late(stage: CaseStage) -> None:
    consult = ask(stage, urgency="urgent")
    with as_person(stage.reader) as actor:
        reading.begin(actor, consult=consult)
        reading.ask_more(actor, consult=consult, text="Another photo")
    with clock.frozen(MONDAY + timedelta(days=20)):
        assert jobs.escalate(stage.people.organization.id) == 0


def test_a_critical_finding_is_told_on_until_somebody_takes_it_in(stage: CaseStage) -> None:
    consult = ask(stage)
    with as_person(stage.reader) as actor:
        reading.begin(actor, consult=consult)
        consult.refresh_from_db()
        finding = critical.find_critical(actor, consult=consult, finding="Melanoma", urgency="minutes")  # type: ignore[arg-type]
    home = stage.people.organization.id
    with clock.frozen(MONDAY + timedelta(minutes=16)):
        assert jobs.escalate_critical(home) == 1
        assert jobs.escalate_critical(home) == 0
        critical.acknowledge(stage.asker.actor, finding=finding, read_back="I call her")
    with clock.frozen(MONDAY + timedelta(hours=5)):
        assert jobs.escalate_critical(home) == 0
    assert told(consult) == ["June Whitfield"]


def test_an_answer_that_reaches_nobody_is_chased_each_day(stage: CaseStage) -> None:
    consult = ask(stage)
    answer(consult, stage.reader)
    home = stage.people.organization.id
    counts = []
    for hours in (12, 25, 26, 50):
        with clock.frozen(MONDAY + timedelta(hours=hours)):
            counts.append(jobs.chase(home))
    assert counts == [0, 1, 0, 1]


def test_access_ends_by_itself_a_month_after_the_end(stage: CaseStage) -> None:
    consult = ask_unassigned(stage)
    grant(stage, consult)
    answer(consult, stage.outside)
    closing.tell_patient(stage.asker.actor, consult=consult, how="phone")
    closing.close(stage.asker.actor, consult=consult, next_step="treat", referral="never")
    home = stage.people.organization.id
    with clock.frozen(MONDAY + timedelta(days=29)):
        assert jobs.end_old_grants(home) == 0
    with clock.frozen(MONDAY + timedelta(days=31)):
        assert jobs.end_old_grants(home) == 1
    assert Grant.objects.get().ended_at is not None


def test_speed_is_measured_in_working_time_of_ones_own_cases(stage: CaseStage) -> None:
    for number, hours in enumerate((1, 2, 30)):
        with clock.frozen(MONDAY):
            consult = ask(stage, other_matter=str(number))
        with clock.frozen(MONDAY + timedelta(hours=hours)):
            answer(consult, stage.reader)
    (found,) = measures(stage.asker.actor, MONDAY - timedelta(days=1))
    assert (found.count, found.in_time_percent) == (3, 100)
    assert found.median_working == 2.0
    assert found.median_elapsed == 2.0
    with as_person(stage.outside) as actor:
        assert measures(actor, MONDAY - timedelta(days=1)) == []
