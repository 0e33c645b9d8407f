"""The page with one's place in line: current without script, left, given up for a call, closed."""

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest

from hearthline.directory.models import SafeContact
from hearthline.foundation import clock
from hearthline.scheduling import services
from hearthline.scheduling.jobs import clear_expired
from hearthline.scheduling.lines import LONGEST_WAIT, list_waiting
from hearthline.scheduling.models import WalkInEntry
from hearthline.scheduling.tests.line import (
    NUMBER,
    OPEN,
    ask_again,
    join,
    make_line,
    put_before,
    read,
)
from hearthline.scheduling.tests.stage import NINE, Stage
from tests.people import People


@pytest.fixture
def stage(people: People) -> Iterator[Stage]:
    with clock.frozen(OPEN):
        yield make_line(people)


def test_the_page_with_the_place_needs_no_script_and_moves_with_the_line(
    stage: Stage, people: People
) -> None:
    (first,) = put_before(stage)
    client = people.patient.client
    place = join(client, stage)
    assert f'href="{place}"' in read(client, place)  # "Look again"
    assert 'data-stream="/live/changes?topic=line"' in read(client, place)
    services.call_next(people.physician.actor, entry=first, practitioner_id=stage.practitioner.pk)
    page = read(client, place)
    assert "You are next." in page
    assert "up to about" in page
    assert client.get(place)["Cache-Control"].startswith("max-age=0")


def test_called_the_page_leads_into_the_visit(stage: Stage, people: People) -> None:
    client = people.patient.client
    place = join(client, stage)
    entry = WalkInEntry.objects.get()
    called = people.physician.client.post(f"/schedule/queue/{entry.pk}/call/")
    assert called.status_code == 303
    page = read(client, place)
    assert "It is your turn" in page
    assert stage.practitioner.full_name in page
    entry.refresh_from_db()
    assert client.post(f"{place}leave/").status_code == 303
    assert WalkInEntry.objects.get().status == "called"
    assert ask_again(client, stage) == place  # one visit at a time


def test_leaving_gives_the_place_up_and_leaving_twice_is_leaving_once(stage: Stage, people: People) -> None:
    client = people.patient.client
    place = join(client, stage)
    for _ in range(2):
        assert client.post(f"{place}leave/").status_code == 303
    assert "You have left the line." in read(client, place)
    assert list_waiting(stage.service.pk, people.site.pk) == []
    assert join(client, stage) != place


def test_a_line_that_closes_behind_somebody_says_so(stage: Stage, people: People) -> None:
    with clock.frozen(NINE + timedelta(hours=2, minutes=50)):
        client = people.patient.client
        place = join(client, stage)
    with clock.frozen(NINE + timedelta(hours=3, minutes=5)):
        page = read(client, place)
    assert "Nobody sees people from the line right now." in page
    assert "Book a visit" in page
    assert "about" not in page.split("It opens again")[0].split("You are next.")[1]


def test_leave_and_be_called_back_keeps_the_place_and_tells_the_desk(stage: Stage, people: People) -> None:
    client = people.patient.client
    SafeContact.objects.create(
        organization_id=people.organization.id, patient=stage.patient, is_telephone_shared=True
    )
    place = join(client, stage)
    assert "Leave, and be called back" in read(client, place)
    response = client.post(f"{place}call-back/", {"call_back_number": "512 555 0177"})
    assert response["Location"] == place
    assert "+1 512" in read(client, place).replace("\xa0", " ")
    queue = read(people.nurse.client, "/schedule/queue/")
    for words in ("Shared telephone", "No voice message", "0177"):
        assert words in queue
    assert client.post(f"{place}stay/").status_code == 303
    assert "0177" not in read(people.nurse.client, "/schedule/queue/")
    assert WalkInEntry.objects.get().status == "waiting"


@pytest.mark.parametrize(
    "rule", [{"is_voice_allowed": False}, {"allowed_from": time(18), "allowed_until": time(20)}]
)
def test_who_must_not_be_called_is_not_offered_a_call(
    stage: Stage, people: People, rule: dict[str, Any]
) -> None:
    client = people.patient.client
    place = join(client, stage)
    assert "Leave, and be called back" in read(client, place)
    SafeContact.objects.create(organization_id=people.organization.id, patient=stage.patient, **rule)
    assert "Leave, and be called back" not in read(client, place)
    assert "So we cannot call you back." in read(client, f"{place}call-back/")
    assert client.post(f"{place}call-back/", NUMBER)["Location"] == place
    assert WalkInEntry.objects.get().call_wanted_at is None
    assert "You asked us not to call" in read(client, place)


def test_a_place_of_another_day_is_closed_and_does_not_stand_in_the_way(stage: Stage, people: People) -> None:
    client = people.patient.client
    place = join(client, stage)
    WalkInEntry.objects.update(joined_at=OPEN - LONGEST_WAIT)
    second = join(client, stage)
    assert second != place
    assert set(WalkInEntry.objects.values_list("status", flat=True)) == {"left", "waiting"}
    WalkInEntry.objects.filter(status="waiting").update(joined_at=OPEN - LONGEST_WAIT)
    clear_expired()
    assert not WalkInEntry.objects.filter(status="waiting").exists()
    assert "You have left the line." in read(client, second)


def test_a_look_by_the_page_itself_is_no_activity_but_is_seen(stage: Stage, people: People) -> None:
    client = people.patient.client
    place = join(client, stage)
    assert WalkInEntry.objects.get().seen_at is None
    with clock.frozen(OPEN + timedelta(minutes=29)):
        assert client.get(place, headers={"Hearthline-Background": "1"}).status_code == 200
        assert WalkInEntry.objects.get().seen_at == OPEN + timedelta(minutes=29)
    with clock.frozen(OPEN + timedelta(minutes=31)):
        assert client.get(place, headers={"Hearthline-Background": "1"}).status_code == 302
