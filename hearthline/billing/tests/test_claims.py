import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from hearthline.billing.evidence import digest_of
from hearthline.billing.models import Claim
from hearthline.billing.rules import Missing
from hearthline.billing.services import Key, difference_of, make_claim, withdraw_claim
from hearthline.billing.templatetags.billing import missing_words
from hearthline.billing.tests.stage import LATER, ORDERED, begin, send, spend
from hearthline.directory.tests.stage import make_practitioner
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.monitoring.episodes.models import Episode
from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.models import DeviceAssignment, Reading
from hearthline.tenancy.context import acting_in
from tests.database import run_in_threads
from tests.people import People

FIRST = date(2026, 9, 1)
MONTH = Key("99457", FIRST, date(2026, 9, 30))
DEVICE = Key("99454", FIRST, date(2026, 9, 30))
SET_UP = Key("99453", FIRST, date(2026, 9, 30))


@pytest.fixture
def whole(people: People) -> tuple[Episode, DeviceAssignment]:
    episode, assignment = begin(people)
    send(assignment, range(16))
    spend(people, episode, 20)
    return episode, assignment


def claim(people: People, episode: Episode, key: Key = MONTH) -> Claim:
    with clock.frozen(LATER):
        return make_claim(people.physician.actor, episode=episode, key=key)


def test_all_three_parts_are_claimed_on_the_page(people: People, whole: tuple[Episode, Any]) -> None:
    client = people.physician.client
    episode = whole[0]
    with clock.frozen(LATER):
        page = f"/billing/episodes/{episode.pk}/"
        for key in (SET_UP, DEVICE, MONTH):
            fields = {"code": key.code, "first": key.first.isoformat(), "last": key.last.isoformat()}
            made = client.post(page + "claim/", fields)
            assert made.status_code == 303, made.content.decode()[-2000:]
            again = client.post(page + "claim/", fields)
            assert again.status_code == 422
        assert b"Nothing is ready." in client.get(page).content
    assert set(Claim.objects.values_list("code", "group")) == {
        ("99453", "set_up"),
        ("99454", "device"),
        ("99457", "management"),
    }


def test_the_evidence_is_frozen_and_what_came_later_is_told(
    people: People, whole: tuple[Episode, DeviceAssignment]
) -> None:
    episode, assignment = whole
    made = claim(people, episode)
    assert len(made.evidence["days"]) == 16
    assert made.evidence["days"][0] == {"day": "2026-09-01", "readings": 1, "devices": ["SN-1"]}
    assert sum(one["counted_seconds"] for one in made.evidence["work"]) == 1200
    before = difference_of(made)
    assert not before.is_any
    send(assignment, range(20, 21))
    after = difference_of(made)
    assert (after.added_days, after.removed_days, after.are_readings_changed) == (("2026-09-21",), (), True)
    Reading.objects.filter(observed_at__date=FIRST).update(flags=int(Flag.RETRACTED))
    assert difference_of(made).removed_days == ("2026-09-01",)
    made.refresh_from_db()
    assert len(made.evidence["days"]) == 16
    page = people.physician.client.get(f"/billing/claims/{made.pk}/").content.decode()
    assert "2026-09-21" in page
    assert made.digest in page


def test_frozen_evidence_cannot_be_changed(people: People, whole: tuple[Episode, Any]) -> None:
    made = claim(people, whole[0])
    wanted: list[dict[str, Any]] = [{"evidence": {}}, {"code": "99454"}, {"units": 9}, {"digest": "0" * 64}]
    for changes in wanted:
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            Claim.objects.filter(pk=made.pk).update(**changes)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        made.delete()
    made.evidence["days"].pop()
    assert not difference_of(made).is_untouched


def test_the_evidence_can_be_taken_along(people: People, whole: tuple[Episode, Any]) -> None:
    made = claim(people, whole[0])
    sent = people.physician.client.get(f"/billing/claims/{made.pk}/evidence.json")
    content = json.loads(sent.content)
    assert digest_of(content["evidence"]) == content["sha256"] == made.digest


@pytest.mark.parametrize("days", [0, 1])
def test_too_few_days_hold_everything_back(people: People, days: int) -> None:
    episode, assignment = begin(people)
    if days:
        send(assignment, range(days))
    spend(people, episode, 20)
    with pytest.raises(ValidationError):
        claim(people, episode)


def test_typed_values_make_no_day(people: People) -> None:
    episode, assignment = begin(people)
    send(assignment, range(16), flags=int(Flag.MANUAL))
    spend(people, episode, 20)
    with pytest.raises(ValidationError):
        claim(people, episode)
    with clock.frozen(LATER):
        page = people.physician.client.get(f"/billing/episodes/{episode.pk}/").content.decode()
    assert "days with values from the device" in page


@pytest.mark.parametrize("values", [{"attested_at": None}, {"is_live_contact": False}, {"purpose": "other"}])
def test_minutes_count_attested_spoken_and_for_this(people: People, values: dict[str, Any]) -> None:
    episode, assignment = begin(people)
    send(assignment, range(16))
    spend(people, episode, 20, **values)
    with pytest.raises(ValidationError):
        claim(people, episode)


def test_a_withdrawn_claim_makes_room(people: People, whole: tuple[Episode, Any]) -> None:
    first = claim(people, whole[0])
    with pytest.raises(ValidationError):
        claim(people, whole[0])
    assert people.physician.client.post(f"/billing/claims/{first.pk}/", {"reason": ""}).status_code == 422
    assert (
        people.physician.client.post(f"/billing/claims/{first.pk}/", {"reason": "Wrong"}).status_code == 303
    )
    withdraw_claim(people.physician.actor, claim=first, reason="Again")
    first.refresh_from_db()
    assert first.withdrawn_reason == "Wrong"
    assert claim(people, whole[0]).pk != first.pk


def test_two_days_are_never_claimed_twice(people: People, whole: tuple[Episode, Any]) -> None:
    made = claim(people, whole[0])
    made.pk = new_id()
    with pytest.raises(IntegrityError, match="claim_no_day_twice"), transaction.atomic():
        made.save(force_insert=True)


def test_eight_claims_at_once_are_one(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        episode, assignment = begin(people)
        send(assignment, range(16))
        spend(people, episode, 20)

    def work(_number: int) -> Claim:
        with acting_in(people.organization.id, people.physician.user.id):
            return claim(people, episode)

    results = run_in_threads(8, work)
    assert sum(isinstance(one, Claim) for one in results) == 1
    assert sum(isinstance(one, ValidationError) for one in results) == 7


@pytest.mark.parametrize("role", ["nurse", "navigator", "technician", "auditor", "attendant", "patient"])
def test_others_see_no_claims(people: People, whole: tuple[Episode, Any], role: str) -> None:
    made = claim(people, whole[0])
    client = getattr(people, role).client
    for address in ("/billing/", f"/billing/episodes/{whole[0].pk}/", f"/billing/claims/{made.pk}/"):
        assert client.get(address).status_code in {403, 404}
    with pytest.raises(PermissionDenied):
        withdraw_claim(getattr(people, role).actor, claim=made, reason="No")


def test_a_physician_who_is_a_stranger_claims_nothing(people: People, whole: tuple[Episode, Any]) -> None:
    make_practitioner(people.specialist, "Varga")
    assert people.specialist.client.get(f"/billing/episodes/{whole[0].pk}/").status_code == 404
    assert b"Delgado" not in people.specialist.client.get("/billing/").content
    assert b"Delgado" in people.administrator.client.get("/billing/").content
    assert people.stranger.client.get(f"/billing/episodes/{whole[0].pk}/").status_code == 404


@pytest.mark.parametrize("fields", [{}, {"code": "x", "first": "y", "last": "z"}, {"code": "99457"}])
def test_what_is_no_offer_is_refused_in_words(
    people: People, whole: tuple[Episode, Any], fields: dict[str, str]
) -> None:
    response = people.physician.client.post(f"/billing/episodes/{whole[0].pk}/claim/", fields)
    assert response.status_code == 422
    assert b"no offer of this page" in response.content


def test_a_month_goes_out_as_a_table(people: People, whole: tuple[Episode, Any]) -> None:
    made = claim(people, whole[0])
    client = people.administrator.client
    table = client.get("/billing/claims.csv?month=2026-09").content.decode().splitlines()
    assert len(table) == 2
    assert str(made.pk) in table[1]
    assert "Delgado" not in table[1]
    assert len(client.get("/billing/claims.csv?month=2026-10").content.decode().splitlines()) == 1
    assert client.get("/billing/claims.csv?month=never").status_code == 422


def test_the_board_tells_how_the_running_spans_do(people: People, whole: tuple[Episode, Any]) -> None:
    with clock.frozen(ORDERED + timedelta(days=20)):
        page = people.physician.client.get("/billing/").content.decode()
    assert "16 of 16, 9 to go" in page
    assert "20 of 40" in page


def test_reasons_have_words() -> None:
    assert all(missing_words(reason) for reason in Missing)
