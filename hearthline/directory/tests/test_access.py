"""Who reaches which patient: what is allowed beside what is denied."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import Http404

from hearthline.compliance.models import BreakGlass
from hearthline.compliance.services import end_break_glass, open_break_glass
from hearthline.directory.access import Purpose, get_patient_for, own_patient, patients_for
from hearthline.directory.models import (
    Caregiver,
    CareRelationship,
    CareTeam,
    CareTeamMember,
    OrganizationPolicy,
    Patient,
)
from hearthline.directory.tests.stage import link, make_caregiver, make_patient, make_practitioner
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.tenancy.context import acting_in
from tests.people import People, Person

NOON = datetime(2026, 6, 1, 17, tzinfo=UTC)


def reached(person: Person, purpose: Purpose = Purpose.RECORD) -> set[str]:
    return {patient.given_names for patient in patients_for(person.actor, purpose)}


def test_a_patient_reaches_the_own_record_only(people: People) -> None:
    mine, _ = make_patient(people), make_patient(people, "Omar", "Haddad")
    account = link(mine, people.patient)
    assert reached(people.patient) == {"Rosa"}
    assert own_patient(people.patient.actor) == mine
    assert own_patient(people.physician.actor) is None
    account.ended_at = clock.now()
    account.save()
    assert reached(people.patient) == set()
    assert own_patient(people.patient.actor) is None


@pytest.mark.parametrize(
    ("flag", "purpose"),
    [
        ("may_see_record", Purpose.RECORD),
        ("may_book", Purpose.BOOKING),
        ("may_message", Purpose.MESSAGES),
        ("may_join_visits", Purpose.VISITS),
    ],
)
def test_a_caregiver_reaches_by_scope(people: People, flag: str, purpose: Purpose) -> None:
    flags = dict.fromkeys(("may_see_record", "may_book", "may_message", "may_join_visits"), False)
    make_caregiver(make_patient(people), people.caregiver, **{**flags, flag: True})
    for other in (Purpose.RECORD, Purpose.BOOKING, Purpose.MESSAGES, Purpose.VISITS):
        assert reached(people.caregiver, other) == ({"Rosa"} if other is purpose else set())
    assert reached(people.caregiver, Purpose.DEMOGRAPHICS) == {"Rosa"}
    assert reached(people.patient, purpose) == set()


def test_a_caregiver_reaches_between_the_dates_where_the_clinic_is(people: People) -> None:
    dates = {"starts_on": date(2026, 6, 1), "ends_on": date(2026, 6, 30)}
    make_caregiver(make_patient(people), people.caregiver, may_see_record=True, **dates)
    for at, expected in (
        (datetime(2026, 6, 1, 4, tzinfo=UTC), set()),  # still 31 May in Chicago
        (datetime(2026, 6, 1, 6, tzinfo=UTC), {"Rosa"}),
        (datetime(2026, 7, 1, 4, tzinfo=UTC), {"Rosa"}),  # still 30 June in Chicago
        (datetime(2026, 7, 1, 6, tzinfo=UTC), set()),
    ):
        with clock.frozen(at):
            assert reached(people.caregiver) == expected, at


def test_a_parent_stops_reaching_when_the_child_is_of_age(people: People) -> None:
    child = make_patient(people, "Nina", birth_date=date(2008, 6, 2))
    parent = Caregiver.Relationship.PARENT
    source = Caregiver.Source.PARENT
    make_caregiver(child, people.caregiver, relationship=parent, source=source, may_see_record=True)
    with clock.frozen(NOON):
        assert reached(people.caregiver) == {"Nina"}
    with clock.frozen(NOON + timedelta(days=1)):
        assert reached(people.caregiver) == set()


@pytest.mark.parametrize("role", ["physician", "specialist"])
def test_a_clinician_reaches_by_a_current_relationship(people: People, role: str) -> None:
    person: Person = getattr(people, role)
    practitioner = make_practitioner(person)
    patient = make_patient(people)
    make_patient(people, "Omar", "Haddad")
    assert reached(person) == set()
    relationship = CareRelationship.objects.create(
        organization_id=people.organization.id,
        patient=patient,
        practitioner=practitioner,
        source=CareRelationship.Source.MANUAL,
        starts_at=NOON,
        ends_at=NOON + timedelta(days=10),
    )
    for at, expected in ((-1, set()), (0, {"Rosa"}), (9, {"Rosa"}), (10, set())):
        with clock.frozen(NOON + timedelta(days=at)):
            assert reached(person) == expected
    assert str(relationship) == str(relationship.pk)


def test_a_team_member_reaches_the_patients_of_the_team(people: People) -> None:
    practitioner = make_practitioner(people.specialist)
    organization_id = people.organization.id
    team = CareTeam.objects.create(organization_id=organization_id, name="Diabetes")
    CareRelationship.objects.create(
        organization_id=organization_id,
        patient=make_patient(people),
        team=team,
        source=CareRelationship.Source.CARE_TEAM,
    )
    assert reached(people.specialist) == set()
    member = CareTeamMember.objects.create(
        organization_id=organization_id, team=team, practitioner=practitioner
    )
    assert reached(people.specialist) == {"Rosa"}
    member.ended_at = clock.now()
    member.save()
    assert reached(people.specialist) == set()
    member.ended_at = None
    member.save()
    team.is_active = False
    team.save()
    assert reached(people.specialist) == set()


def test_nurses_and_navigators_reach_everybody_unless_the_organization_says_no(people: People) -> None:
    make_patient(people)
    assert reached(people.nurse) == reached(people.navigator) == {"Rosa"}
    policy = OrganizationPolicy.objects.create(
        organization_id=people.organization.id,
        nurses_see_all_patients=False,
        navigators_see_all_patients=False,
        physicians_see_all_patients=True,
    )
    assert reached(people.nurse) == reached(people.navigator) == set()
    assert reached(people.physician) == reached(people.specialist) == {"Rosa"}
    policy.physicians_see_all_patients = False
    policy.save()
    assert reached(people.physician) == set()


def test_administrators_reach_demographics_only(people: People) -> None:
    make_patient(people)
    assert reached(people.administrator, Purpose.DEMOGRAPHICS) == {"Rosa"}
    for purpose in (Purpose.RECORD, Purpose.BOOKING, Purpose.MESSAGES, Purpose.VISITS):
        assert reached(people.administrator, purpose) == set()


@pytest.mark.parametrize("role", ["technician", "attendant", "auditor", "stranger"])
@pytest.mark.parametrize("purpose", list(Purpose))
def test_others_reach_nobody(people: People, role: str, purpose: Purpose) -> None:
    make_patient(people)
    assert reached(getattr(people, role), purpose) == set()


def test_a_patient_of_another_organization_is_not_found(people: People) -> None:
    with acting_in(people.other_organization.id):
        theirs = make_patient(people, organization_id=people.other_organization.id)
    ours = make_patient(people)
    assert get_patient_for(people.nurse.actor, ours.id) == ours
    for unknown in (theirs.id, uuid4()):
        with pytest.raises(Http404):
            get_patient_for(people.nurse.actor, unknown)
    with acting_in(people.other_organization.id), pytest.raises(Http404):
        get_patient_for(people.nurse.actor, theirs.id)


def test_a_merged_record_leads_to_its_survivor(people: People) -> None:
    survivor = make_patient(people)
    merged = make_patient(people, "Rosita", merged_into=survivor)
    assert get_patient_for(people.nurse.actor, merged.id) == survivor
    assert reached(people.nurse) == {"Rosa"}


def test_the_system_reaches_everybody_of_its_organization(people: People) -> None:
    make_patient(people)
    assert patients_for(Actor.system(people.organization.id, "reminders")).count() == 1
    assert not patients_for(Actor.system(people.other_organization.id, "reminders")).exists()


def test_a_reference_to_another_organizations_patient_is_refused(people: People) -> None:
    with acting_in(people.other_organization.id):
        theirs = make_patient(people, organization_id=people.other_organization.id)
    with pytest.raises(DatabaseError), transaction.atomic():
        make_patient(people, "Copy", merged_into_id=theirs.id)


def test_contacts_are_sealed_in_the_database_and_open_on_the_row(people: People) -> None:
    made = make_patient(people, telephone="+15125550100", email="rosa@example.org")
    with connection.cursor() as cursor:
        cursor.execute("SELECT telephone, email FROM directory_patient")
        telephone, email = cursor.fetchone()
    assert b"5550100" not in bytes(telephone)
    assert b"example" not in bytes(email)
    assert Patient.objects.get(pk=made.pk).telephone == "+15125550100"


def test_emergency_access_reaches_one_patient_until_it_ends(people: People) -> None:
    patient, _ = make_patient(people), make_patient(people, "Omar", "Haddad")
    actor = people.physician.actor
    opening = open_break_glass(
        actor, patient_id=patient.id, cause=BreakGlass.Cause.values[0], reason="Chest pain"
    )
    assert reached(people.physician) == {"Rosa"}
    assert reached(people.specialist) == set()
    end_break_glass(actor, opening_id=opening.id)
    assert reached(people.physician) == set()
