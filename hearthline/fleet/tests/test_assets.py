from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hearthline.fleet import rules
from hearthline.fleet.models import Asset, AssetMove, Placement
from hearthline.fleet.rules import MOVES, State
from hearthline.fleet.services import MAXIMUM_SERIALS, RefusedMoveError, move_asset
from hearthline.fleet.tests.stage import make_asset
from hearthline.foundation import clock
from hearthline.tenancy.context import acting_in
from tests.database import run_in_threads
from tests.people import People

FIELDS = {
    "kind": "cuff",
    "manufacturer": "Omron",
    "model": "M4",
    "is_medical_device": "on",
    "serials": "A-1\n A-2 \n\nA-1",
}


def walk(people: People, asset: Asset, states: Sequence[State], **values: Any) -> None:
    for state in states:
        move_asset(people.technician.actor, asset_id=asset.pk, to=state, **values)


def test_every_state_can_be_reached_and_none_is_a_trap() -> None:
    assert set(MOVES) == set(State)
    reached = {State.RECEIVED}
    for _round in State:
        reached |= {target for state in reached for target in MOVES[state]}
    assert reached == set(State)
    ends = {state for state in State if not MOVES[state]}
    assert ends == {State.RETIRED}
    assert all(State.RETIRED in MOVES[state] or MOVES[state] for state in State if state not in ends)


def test_things_are_added_by_serial_number(people: People) -> None:
    client = people.technician.client
    assert client.post("/fleet/add/", FIELDS).status_code == 303
    again = client.post("/fleet/add/", FIELDS | {"serials": "A-2\nA-3"}, follow=True)
    assert b"1 was added. 1 was there already." in again.content
    assert list(Asset.objects.values_list("serial", flat=True)) == ["A-1", "A-2", "A-3"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"serials": ""},
        {"serials": "x" * 65},
        {"serials": "\n".join(str(number) for number in range(MAXIMUM_SERIALS + 1))},
        {"kind": "spoon"},
        {"manufacturer": ""},
        {"acquired_on": (clock.now() + timedelta(days=3)).date().isoformat()},
    ],
)
def test_what_is_wrong_is_said_and_nothing_added(people: People, wrong: dict[str, str]) -> None:
    response = people.technician.client.post("/fleet/add/", FIELDS | wrong)
    assert response.status_code == 422
    assert not Asset.objects.exists()


def test_the_list_is_filtered_and_paged(people: People) -> None:
    for number in range(26):
        make_asset(people, f"SN-{number:02}")
    make_asset(people, "T-1", kind="scale", manufacturer="Withings")
    client = people.administrator.client
    assert b"26 of 27" not in client.get("/fleet/").content
    assert b"SN-25" in client.get("/fleet/?page=2").content
    only = client.get("/fleet/?kind=scale&words=with t-1").content
    assert b"T-1" in only
    assert b"SN-01" not in only
    assert b"Nothing matches" in client.get("/fleet/?state=lost").content
    assert client.get("/fleet/?state=nonsense&page=x").status_code == 200


def test_a_thing_goes_out_and_comes_back(people: People) -> None:
    asset = make_asset(people)
    walk(people, asset, [State.READY, State.SHIPPED])
    out = Placement.objects.get()
    walk(people, asset, [State.PLACED, State.RETURNING])
    assert Placement.objects.get().ended_at is None
    walk(people, asset, [State.RETURNED])
    assert Placement.objects.get().ended_at is not None
    walk(people, asset, [State.READY], is_cleaned=True)
    walk(people, asset, [State.PLACED])
    second = Placement.objects.get(ended_at=None)
    assert second.reference != out.reference
    assert AssetMove.objects.count() == 7


def test_it_is_not_lent_again_before_it_was_cleaned(people: People) -> None:
    asset = make_asset(people)
    walk(people, asset, [State.READY, State.PLACED, State.RETURNED])
    address = f"/fleet/{asset.pk}/"
    refused = people.technician.client.post(address, {"to": "ready"})
    assert refused.status_code == 422
    assert b"Clean it and wipe its memory first" in refused.content
    assert people.technician.client.post(address, {"to": "ready", "is_cleaned": "on"}).status_code == 303
    asset.refresh_from_db()
    assert asset.state == State.READY


def test_the_database_wants_it_cleaned_too(people: People) -> None:
    asset = make_asset(people)
    with pytest.raises(IntegrityError, match="asset_cleaned_before_next"), transaction.atomic():
        AssetMove.objects.create(
            organization_id=people.organization.id,
            asset=asset,
            from_state="returned",
            to_state="ready",
            moved_by=people.technician.user,
        )


@pytest.mark.parametrize("wanted", [State.PLACED, State.RETURNED, State.RECEIVED])
def test_a_step_that_does_not_follow_is_refused(people: People, wanted: State) -> None:
    asset = make_asset(people)
    with pytest.raises(RefusedMoveError):
        move_asset(people.technician.actor, asset_id=asset.pk, to=wanted)
    assert people.technician.client.post(f"/fleet/{asset.pk}/", {"to": wanted.value}).status_code == 422
    assert not AssetMove.objects.exists()


def test_the_way_it_went_cannot_be_rewritten(people: People) -> None:
    asset = make_asset(people)
    walk(people, asset, [State.READY])
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        AssetMove.objects.update(note="never")


@pytest.mark.parametrize("role", ["nurse", "physician", "patient", "auditor", "attendant"])
def test_others_have_no_business_here(people: People, role: str) -> None:
    asset = make_asset(people)
    person = getattr(people, role)
    for address in ("/fleet/", "/fleet/add/", f"/fleet/{asset.pk}/"):
        assert person.client.get(address).status_code in {403, 404}


def test_another_organizations_thing_is_not_there(people: People) -> None:
    with acting_in(people.other_organization.id):
        other = Asset.objects.create(
            organization_id=people.other_organization.id,
            kind="cuff",
            manufacturer="Omron",
            model="M4",
            serial="SN-9",
        )
    assert people.technician.client.get(f"/fleet/{other.pk}/").status_code == 404
    assert b"SN-9" not in people.technician.client.get("/fleet/").content


def test_rules_name_who_must_clean() -> None:
    assert rules.must_be_cleaned(State.RETURNED, State.READY)
    assert not rules.must_be_cleaned(State.RECEIVED, State.READY)


def test_two_who_lend_it_at_once_lend_it_once(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        asset = make_asset(people)
        walk(people, asset, [State.READY])

    def lend(_number: int) -> str:
        with acting_in(people.organization.id, people.technician.user.id):
            move_asset(people.technician.actor, asset_id=asset.pk, to=State.PLACED)
        return "lent"

    outcomes = run_in_threads(8, lend)
    assert outcomes.count("lent") == 1
    assert sum(isinstance(one, RefusedMoveError) for one in outcomes) == 7
