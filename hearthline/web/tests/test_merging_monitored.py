"""Two records of one person who measures at home: all of it ends up with one, or the merge says what to end first."""

from datetime import timedelta
from typing import Any

import pytest

from hearthline.billing.models import Claim
from hearthline.billing.services import Key, difference_of, make_claim
from hearthline.billing.tests.stage import LATER, ORDERED, begin, send, spend
from hearthline.directory.models import DuplicateCandidate, Patient, PatientMerge
from hearthline.directory.tests.stage import make_patient, make_practitioner, treat
from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Case
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.tests.stage import in_force
from hearthline.monitoring.episodes.models import Episode, PlannedMeasurement
from hearthline.monitoring.episodes.services import end_monitoring
from hearthline.monitoring.episodes.tests.stage import order
from hearthline.monitoring.readings.models import (
    DailySummary,
    Device,
    DeviceAssignment,
    Latest,
    MonitoredPatient,
    Reading,
)
from hearthline.monitoring.readings.summaries import refresh_summaries
from hearthline.monitoring.vendors.models import VendorLink
from hearthline.programs.models import Enrollment
from hearthline.programs.tests.stage import measure
from tests.people import People

FIRST = ORDERED.date()
DEVICE = Key("99454", FIRST, FIRST + timedelta(days=29))
HIGH = {"kind": "limit", "metric": "systolic", "direction": "high", "limit": 150, "clear": 145}


def make_other(people: People) -> Patient:
    """Return another record of a person whom the same people treat."""
    with clock.frozen(ORDERED):
        other = make_patient(people, "Rosita")
        treat(other, make_practitioner(people.physician))
        treat(other, make_practitioner(people.nurse, "Okafor"))
    return other


def decide(people: People, keep: Patient, drop: Patient) -> Any:
    """Let the nurse say on the page that two records are one person."""
    first, second = sorted((keep, drop), key=lambda one: one.pk)
    candidate, _is_new = DuplicateCandidate.objects.get_or_create(
        organization_id=people.organization.id, first=first, second=second, defaults={"points": 9}
    )
    DuplicateCandidate.objects.update(status=DuplicateCandidate.Status.OPEN)
    decision = "first" if keep == first else "second"
    sent = {"decision": decision, "reason": "Same passport"}
    with clock.frozen(LATER):
        return people.nurse.client.post(f"/patients/duplicates/{candidate.pk}/", sent)


def undo(people: People) -> Any:
    merge = PatientMerge.objects.get(undone_at__isnull=True)
    with clock.frozen(LATER):
        return people.nurse.client.post(f"/patients/merges/{merge.pk}/undo/", {"reason": "Two sisters"})


def owners(model: Any) -> set[Any]:
    return set(model.objects.values_list("monitored__patient", flat=True))


def numbers(model: Any) -> set[int]:
    return set(model.objects.values_list("patient_number", flat=True))


@pytest.fixture
def monitored(people: People) -> tuple[Episode, DeviceAssignment]:
    """Return a month of monitoring with a claim for its device days."""
    episode, assignment = begin(people)
    send(assignment, range(16))
    spend(people, episode, 20)
    with clock.frozen(LATER):
        make_claim(people.physician.actor, episode=episode, key=DEVICE)
    return episode, assignment


def end(people: People, episode: Episode) -> None:
    with clock.frozen(LATER):
        end_monitoring(actor=people.nurse.actor, episode=episode, reason=Episode.EndReason.GOAL)
        DeviceAssignment.objects.filter(monitored=episode.monitored, ends_at=None).update(ends_at=clock.now())


def monitor(people: People, patient: Patient) -> tuple[Episode, DeviceAssignment]:
    """Order monitoring for another record and measure with another cuff, later than the first."""
    with clock.frozen(ORDERED + timedelta(days=20)):
        episode = order(people, patient)
        device = Device.objects.create(
            organization_id=people.organization.id, kind=Device.Kind.CUFF, name="Cuff", identifier="C2"
        )
        assignment = DeviceAssignment.objects.create(
            organization_id=people.organization.id, device=device, monitored=episode.monitored
        )
    send(assignment, range(21, 24), value=128)
    return episode, assignment


def test_all_of_the_only_monitoring_follows_and_comes_back(
    people: People, monitored: tuple[Episode, DeviceAssignment]
) -> None:
    episode, assignment = monitored
    duplicate, survivor = episode.monitored.patient, make_other(people)
    in_force(people, HIGH, severity=Severity.DANGER)
    send(assignment, range(31, 32), value=170)
    assert decide(people, survivor, duplicate).status_code == 303
    for model in (Episode, PlannedMeasurement, DeviceAssignment, Case):
        assert owners(model) == {survivor.pk}
    claim = Claim.objects.get()
    assert claim.patient_id == survivor.pk
    with clock.frozen(LATER):
        assert not difference_of(claim).is_any
        client = people.nurse.client
        assert client.get(f"/patients/{survivor.pk}/monitoring/plan/").status_code == 200
        assert Enrollment.objects.get().episode.monitored.patient == survivor
        assert "Rosita" in client.get("/monitoring/").content.decode()
    send(assignment, range(32, 33), value=171)
    assert numbers(Reading) == {episode.monitored.number}
    assert undo(people).status_code == 303
    assert owners(Episode) == owners(Case) == {duplicate.pk}


def test_local_days_are_summed_anew_where_the_survivor_lives(
    people: People, monitored: tuple[Episode, DeviceAssignment]
) -> None:
    duplicate, survivor = monitored[0].monitored.patient, make_other(people)
    Patient.objects.filter(pk=survivor.pk).update(zone="Pacific/Auckland")
    before = set(DailySummary.objects.values_list("day", flat=True))
    assert decide(people, survivor, duplicate).status_code == 303
    with clock.frozen(LATER):
        refresh_summaries(people.organization.id)
    after = set(DailySummary.objects.values_list("day", flat=True))
    assert after == {day + timedelta(days=1) for day in before}


def test_what_still_runs_is_named_and_nothing_moves(
    people: People, monitored: tuple[Episode, DeviceAssignment]
) -> None:
    episode, assignment = monitored
    duplicate, survivor = episode.monitored.patient, make_other(people)
    monitor(people, survivor)
    in_force(people, HIGH, severity=Severity.DANGER)
    in_force(people, {**HIGH, "limit": 160}, monitored=episode.monitored)
    send(assignment, range(17, 18), value=170)
    answer = decide(people, survivor, duplicate)
    assert answer.status_code == 422
    page = answer.content.decode()
    for words in (
        "end the monitoring",
        "take the devices back",
        "ask for nothing more",
        "close the open case",
    ):
        assert words in page
    assert "retire the person&#x27;s own limits" in page
    assert "end the break" not in page
    assert not PatientMerge.objects.exists()
    assert owners(Episode) == {duplicate.pk, survivor.pk}


def test_an_ended_monitoring_joins_the_running_one_and_comes_back(
    people: People, monitored: tuple[Episode, DeviceAssignment]
) -> None:
    old, old_cuff = monitored
    duplicate, survivor = old.monitored.patient, make_other(people)
    new, new_cuff = monitor(people, survivor)
    end(people, old)
    link = VendorLink.objects.create(
        organization_id=people.organization.id,
        monitored=old.monitored,
        vendor="withings",
        account="1",
        account_index=b"1",
        access_ends_at=LATER,
        callback_secret="secret",
        callback_digest=b"1",
    )
    assert "stop reading from Withings" in decide(people, survivor, duplicate).content.decode()
    VendorLink.objects.filter(pk=link.pk).update(state="ended", ended_at=LATER)
    assert decide(people, survivor, duplicate).status_code == 303
    for model in (Episode, PlannedMeasurement, DeviceAssignment, VendorLink):
        assert owners(model) == {survivor.pk}
    assert numbers(Reading) == numbers(Latest) == {new.monitored.number}
    assert Reading.objects.count() == 19
    assert Latest.objects.get().value == 128
    with clock.frozen(LATER):
        refresh_summaries(people.organization.id)
        told = difference_of(Claim.objects.get())
    assert (told.is_untouched, told.removed_days, len(told.added_days)) == (True, (), 3)
    assert numbers(DailySummary) == {new.monitored.number}
    assert DailySummary.objects.count() == 19
    send(new_cuff, range(25, 26), value=131)

    assert undo(people).status_code == 303
    with clock.frozen(LATER):
        refresh_summaries(people.organization.id)
        assert not difference_of(Claim.objects.get()).is_any
    assert set(Episode.objects.values_list("monitored__patient", "pk")) == {
        (duplicate.pk, old.pk),
        (survivor.pk, new.pk),
    }
    of_old = Reading.objects.filter(patient_number=old.monitored.number)
    assert set(of_old.values_list("device_number", flat=True)) == {old_cuff.device.number}
    assert of_old.count() == 16
    assert set(Latest.objects.values_list("patient_number", "value")) == {
        (old.monitored.number, 140),
        (new.monitored.number, 131),
    }
    assert DailySummary.objects.filter(patient_number=new.monitored.number).count() == 4


def test_one_device_with_two_values_for_one_moment_is_refused(
    people: People, monitored: tuple[Episode, DeviceAssignment]
) -> None:
    old, old_cuff = monitored
    duplicate, survivor = old.monitored.patient, make_other(people)
    new, _new_cuff = monitor(people, survivor)
    end(people, old)
    same = Reading.objects.filter(device_number=old_cuff.device.number)[0]
    values = {field.attname: getattr(same, field.attname) for field in Reading._meta.concrete_fields}
    values.pop("pk", None)
    Reading.objects.bulk_create([Reading(**{**values, "patient_number": new.monitored.number})])
    answer = decide(people, survivor, duplicate)
    assert answer.status_code == 422
    assert "readings of one device for the same time" in answer.content.decode()
    assert numbers(Reading) == {old.monitored.number, new.monitored.number}
    assert owners(Episode) == {duplicate.pk, survivor.pk}


def test_a_day_that_was_claimed_twice_is_refused(
    people: People, monitored: tuple[Episode, DeviceAssignment]
) -> None:
    episode, _assignment = monitored
    duplicate, survivor = episode.monitored.patient, make_other(people)
    claim = Claim.objects.get()
    claim.pk, claim.patient = None, survivor
    claim.save(force_insert=True)
    answer = decide(people, survivor, duplicate)
    assert answer.status_code == 422
    assert "Withdraw one of them first" in answer.content.decode()
    assert MonitoredPatient.objects.get().patient == duplicate


def test_who_may_not_merge_does_not(people: People, monitored: tuple[Episode, DeviceAssignment]) -> None:
    duplicate, survivor = monitored[0].monitored.patient, make_other(people)
    first, second = sorted((survivor, duplicate), key=lambda one: one.pk)
    candidate = DuplicateCandidate.objects.create(
        organization_id=people.organization.id, first=first, second=second, points=9
    )
    sent = {"decision": "first", "reason": "Same passport"}
    assert people.physician.client.post(f"/patients/duplicates/{candidate.pk}/", sent).status_code == 403
    assert owners(Episode) == {duplicate.pk}
    measure(monitored[1], [LATER])
    assert numbers(Reading) == {monitored[0].monitored.number}
