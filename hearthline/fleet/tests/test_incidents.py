"""Technical faults: gathered, taken, handed on, solved; without a person, and through the login that knows none."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from hearthline.fleet import incidents
from hearthline.fleet.incident_rules import INCIDENT_MOVES, Cause, IncidentState, Solution
from hearthline.fleet.incidents import RefusedStepError, end_fault, hand_over, report_fault, take_step
from hearthline.fleet.models import Incident, IncidentStep, Placement
from hearthline.fleet.rules import State
from hearthline.fleet.services import move_asset
from hearthline.fleet.tests.stage import make_asset, make_fault
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.identity.roles import Role
from hearthline.tenancy.context import acting_in
from tests.database import as_login, run_in_threads
from tests.people import People, make_person

LIST = "/ops/incidents/"


def page_of(incident: Incident) -> str:
    return f"{LIST}{incident.pk}/"


def system(people: People) -> Actor:
    return Actor.system(people.organization.id, "test")


def steps_of(incident: Incident) -> list[str]:
    return [step.to_state for step in incident.steps.order_by("created_at", "id")]


def test_every_state_can_be_reached_and_none_is_a_trap() -> None:
    assert set(INCIDENT_MOVES) == set(IncidentState)
    assert all(INCIDENT_MOVES[state] for state in IncidentState)
    assert {target for moves in INCIDENT_MOVES.values() for target in moves} == set(IncidentState)


def test_many_at_once_are_one_incident_until_somebody_takes_it(people: People) -> None:
    first = make_fault(people)
    assert [make_fault(people) for _ in range(3)] == [first] * 3
    assert make_fault(people, cause=Cause.VENDOR_AWAY) != first
    take_step(people.technician.actor, incident_id=first.pk, to=IncidentState.TAKEN)
    assert make_fault(people) != first
    assert first.faults.count() == 4


def test_the_same_fault_told_again_changes_nothing(people: People) -> None:
    source = new_id()
    incident = make_fault(people, source_id=source, reference=None)
    assert make_fault(people, source_id=source, reference=None) == incident
    assert incident.faults.count() == 1


def test_an_incident_that_nobody_took_is_solved_by_itself_when_all_are_heard(people: People) -> None:
    sources = [new_id(), new_id()]
    incident = make_fault(people, source_id=sources[0])
    assert make_fault(people, source_id=sources[1]) == incident
    end_fault(system(people), source_id=sources[0])
    incident.refresh_from_db()
    assert incident.state == IncidentState.OPEN
    end_fault(system(people), source_id=sources[1])
    incident.refresh_from_db()
    assert (incident.state, incident.solution) == (IncidentState.SOLVED, Solution.BY_ITSELF)
    assert IncidentStep.objects.get().done_by is None


def test_one_that_somebody_took_waits_for_them(people: People) -> None:
    source = new_id()
    incident = make_fault(people, source_id=source)
    take_step(people.technician.actor, incident_id=incident.pk, to=IncidentState.TAKEN)
    end_fault(system(people), source_id=source)
    incident.refresh_from_db()
    assert incident.state == IncidentState.TAKEN
    assert b"Heard again" in people.technician.client.get(page_of(incident)).content


def test_the_same_place_again_within_a_day_opens_it_again(people: People) -> None:
    reference = new_id()
    incident = make_fault(people, reference=reference)
    actor = people.technician.actor
    take_step(actor, incident_id=incident.pk, to=IncidentState.TAKEN)
    take_step(actor, incident_id=incident.pk, to=IncidentState.SOLVED, solution=Solution.BATTERY)
    with clock.frozen(clock.now() + timedelta(hours=23)):
        assert make_fault(people, reference=reference) == incident
    incident.refresh_from_db()
    assert (incident.state, incident.owner, incident.solution) == (IncidentState.REOPENED, None, "")
    take_step(actor, incident_id=incident.pk, to=IncidentState.TAKEN)
    take_step(actor, incident_id=incident.pk, to=IncidentState.SOLVED, solution=Solution.BATTERY)
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert make_fault(people, reference=reference) != incident


def test_a_technician_takes_and_solves_it_on_its_page(people: People) -> None:
    incident = make_fault(people)
    client = people.technician.client
    assert b"A device is heard and sends nothing of use" in client.get(LIST).content
    assert client.post(page_of(incident), {"to": "taken"}).status_code == 303
    assert b"Lee Castellan" in client.get(LIST).content
    waiting = {"to": "waiting", "comment": "asked the maker"}
    assert client.post(page_of(incident), waiting).status_code == 303
    refused = client.post(page_of(incident), {"to": "solved", "comment": "it was this"})
    assert refused.status_code == 422
    assert b"Say what it was." in refused.content
    assert b"it was this" in refused.content  # nothing typed is lost
    assert client.post(page_of(incident), {"to": "solved", "solution": "exchanged"}).status_code == 303
    page = client.get(page_of(incident)).content
    assert b"Device exchanged" in page
    assert b"asked the maker" in page
    assert steps_of(incident) == ["taken", "waiting", "solved"]
    assert b"Nothing is broken" in client.get(LIST).content
    assert b"Device exchanged" not in client.get(f"{LIST}?state=all").content
    assert page_of(incident).encode() in client.get(f"{LIST}?state=all&is_own=on").content


def test_what_does_not_follow_is_refused(people: People) -> None:
    incident = make_fault(people)
    client = people.technician.client
    for wanted in ("solved", "waiting", "open", "reopened", "nonsense", ""):
        assert client.post(page_of(incident), {"to": wanted}).status_code == 422
    assert client.post(page_of(incident), {"to": "taken"}).status_code == 303
    again = client.post(page_of(incident), {"to": "taken"})  # a second tab
    assert again.status_code == 422
    assert steps_of(incident) == ["taken"]


def test_what_somebody_has_is_theirs_until_handed_over(people: People) -> None:
    incident = make_fault(people)
    other = make_person(people.organization, "Noor Haddad", Role.TECHNICIAN)
    take_step(people.technician.actor, incident_id=incident.pk, to=IncidentState.TAKEN)
    refused = other.client.post(page_of(incident), {"to": "solved", "solution": "battery"})
    assert refused.status_code == 422
    assert b"Lee Castellan has it" in refused.content
    assert other.client.post(f"{page_of(incident)}hand-over/", {"to": str(other.user.id)}).status_code == 422
    client = people.technician.client
    for wrong in (str(people.nurse.user.id), str(people.technician.user.id), "x", ""):
        assert client.post(f"{page_of(incident)}hand-over/", {"to": wrong}).status_code == 422
    given = {"to": str(other.user.id), "comment": "my shift ends"}
    assert client.post(f"{page_of(incident)}hand-over/", given).status_code == 303
    assert b"Handed to Noor Haddad" in client.get(page_of(incident)).content
    assert other.client.post(page_of(incident), {"to": "open"}).status_code == 303
    incident.refresh_from_db()
    assert (incident.state, incident.owner_id) == (IncidentState.OPEN, None)


def test_giving_back_does_not_make_two_that_gather(people: People) -> None:
    first = make_fault(people)
    take_step(people.technician.actor, incident_id=first.pk, to=IncidentState.TAKEN)
    make_fault(people)
    with pytest.raises(RefusedStepError, match="Another one"):
        take_step(people.technician.actor, incident_id=first.pk, to=IncidentState.OPEN)
    with pytest.raises(IntegrityError, match="incident_gathers_once"), transaction.atomic():
        Incident.objects.filter(pk=first.pk).update(state="open", owner=None)


def test_nobody_hands_on_what_nobody_took(people: People) -> None:
    incident = make_fault(people)
    other = make_person(people.organization, "Noor Haddad", Role.TECHNICIAN)
    with pytest.raises(RefusedStepError):
        hand_over(people.technician.actor, incident_id=incident.pk, to_user_id=other.user.id)


def test_the_page_shows_the_thing_and_no_person(people: People) -> None:
    asset = make_asset(people, "SN-77")
    for state in (State.READY, State.PLACED):
        move_asset(people.technician.actor, asset_id=asset.pk, to=state)
    reference: UUID = Placement.objects.get().reference
    page = people.technician.client.get(page_of(make_fault(people, reference=reference))).content
    assert b"SN-77" in page
    assert str(reference).encode() in page


def test_the_list_is_filtered_and_paged(people: People) -> None:
    actor = people.technician.actor
    for _number in range(26):
        incident = make_fault(people)
        take_step(actor, incident_id=incident.pk, to=IncidentState.TAKEN)
    make_fault(people, cause=Cause.OUTAGE, affected=42)
    client = people.technician.client
    assert client.get(LIST).content.count(b"<tr>") == 26
    assert client.get(f"{LIST}?page=2").content.count(b"<tr>") == 3
    only = client.get(f"{LIST}?cause=outage").content
    assert only.count(b"<tr>") == 2
    assert b">42<" in only
    assert b"Nothing matches" in client.get(f"{LIST}?state=waiting").content
    assert client.get(f"{LIST}?state=nonsense&page=x&is_own=?").status_code == 200


@pytest.mark.parametrize("role", ["nurse", "physician", "patient", "auditor", "attendant", "administrator"])
def test_others_have_no_business_here(people: People, role: str) -> None:
    incident = make_fault(people)
    person = getattr(people, role)
    for address in (LIST, page_of(incident)):
        assert person.client.get(address).status_code in {403, 404}
    assert person.client.post(page_of(incident), {"to": "taken"}).status_code in {403, 404}


def test_another_organizations_incident_is_not_there(people: People) -> None:
    with acting_in(people.other_organization.id):
        actor = Actor.system(people.other_organization.id, "test")
        other = report_fault(actor, cause=Cause.OUTAGE, source_id=new_id(), since=clock.now())
    assert people.technician.client.get(page_of(other)).status_code == 404
    assert str(other.pk).encode() not in people.technician.client.get(LIST).content


def test_what_was_done_cannot_be_rewritten(people: People) -> None:
    incident = make_fault(people)
    take_step(people.technician.actor, incident_id=incident.pk, to=IncidentState.TAKEN)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        IncidentStep.objects.update(comment="never")


def test_the_service_providers_login_does_all_of_it(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        incident = make_fault(people)
        other = make_person(people.organization, "Noor Haddad", Role.TECHNICIAN)
    client = people.technician.client
    with as_login("ops"):
        assert client.get(LIST).status_code == 200
        assert client.post(page_of(incident), {"to": "taken"}).status_code == 303
        given: dict[str, Any] = {"to": str(other.user.id)}
        assert client.post(f"{page_of(incident)}hand-over/", given).status_code == 303
        assert b"Handed to Noor Haddad" in client.get(page_of(incident)).content


def test_two_who_take_it_at_once_and_two_faults_at_once(committed: None, people: People) -> None:
    def tell(_number: int) -> UUID:
        with acting_in(people.organization.id):
            return make_fault(people).pk

    found = run_in_threads(4, tell)
    assert len(set(found)) == 1

    def take(_number: int) -> str:
        with acting_in(people.organization.id):
            incidents.take_step(people.technician.actor, incident_id=found[0], to=IncidentState.TAKEN)
        return "taken"

    outcomes = run_in_threads(4, take)
    assert outcomes.count("taken") == 1
    assert sum(isinstance(one, RefusedStepError) for one in outcomes) == 3
