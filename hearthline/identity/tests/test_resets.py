"""A lost second factor: who opens, confirms and stops a reset, and how they were checked."""

import re
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from hearthline.foundation import clock
from hearthline.identity import reset_rules, resets
from hearthline.identity.models import Membership, SecondFactorReset
from hearthline.identity.reset_rules import ResetState, state_of
from hearthline.identity.roles import Role
from hearthline.identity.tests.conftest import Trail
from hearthline.identity.tests.door import (
    is_inside,
    with_authenticator,
)
from hearthline.identity.tests.resetting import (
    LIST,
    LONG_AGO,
    SEEN,
    SEEN_BY_VIDEO,
    USE,
    confirm,
    enrol,
    opened,
    opening,
    post_open,
    ready,
    the_reset,
    use,
)
from hearthline.tenancy.context import acting_in
from tests.database import run_in_threads
from tests.people import People, make_person


def test_two_people_and_a_link_bring_a_colleague_back(staffed: People, trail: Trail) -> None:
    EmailAddress.objects.create(user=staffed.nurse.user, email="ines@home.example", verified=True)
    nurse = staffed.nurse.client
    assert is_inside(nurse)
    token = ready(staffed)
    assert not is_inside(nurse)
    assert "Look" in staffed.auditor.client.get(LIST).content.decode()
    told = [one.to[0] for one in mail.outbox]
    assert told.count("ines@home.example") == told.count(staffed.nurse.user.email) == 2
    assert staffed.auditor.user.email in told
    client = Client()
    assert client.get(USE).status_code == 200
    assert use(client, token).headers["location"] == "/second-factor/"
    assert not Authenticator.objects.filter(user=staffed.nurse.user).exists()
    assert client.get("/patients/").status_code == 302
    assert client.get("/second-factor/").status_code == 200
    assert enrol(client).status_code == 303
    assert client.get("/patients/").status_code == 200
    assert state_of(the_reset(staffed), clock.now()) is ResetState.COMPLETED
    wanted = ("opened", "confirmed", "completed")
    assert [trail.count_of(f"second_factor_reset.{one}") for one in wanted] == [1, 1, 1]
    assert trail.count_of("second_factor.reset") == 1


@pytest.mark.parametrize("who", ["nurse", "physician", "auditor", "technician", "patient"])
def test_only_administrators_open(staffed: People, who: str) -> None:
    assert post_open(staffed, "physician", by=who).status_code == 403


def test_nobody_resets_their_own_or_alone(staffed: People) -> None:
    own = post_open(staffed, "administrator")
    assert own.status_code == 422
    assert "your own" in own.content.decode()
    reset = opened(staffed)
    alone = confirm(staffed.administrator, reset)
    assert alone.status_code == 422
    assert "A second person" in alone.content.decode()
    for who in ("physician", "navigator", "technician", "patient"):
        assert confirm(getattr(staffed, who), reset).status_code == 403
    assert the_reset(staffed).confirmed_at is None


def test_the_person_cannot_confirm_their_own(staffed: People) -> None:
    with acting_in(staffed.organization.id):
        second = make_person(staffed.organization, "Hugo Lind", Role.ADMINISTRATOR)
        Membership.objects.filter(pk=second.membership.pk).update(created_at=clock.now() - LONG_AGO)
    with_authenticator(second.user)
    assert staffed.administrator.client.post(opening(second), SEEN).status_code == 303
    assert confirm(second, the_reset(staffed)).status_code == 422
    assert confirm(staffed.auditor, the_reset(staffed)).status_code == 303


def test_a_second_person_invited_for_the_purpose_does_not_count(staffed: People) -> None:
    with acting_in(staffed.organization.id):
        fresh = make_person(staffed.organization, "Hugo Lind", Role.ADMINISTRATOR)
    answer = confirm(fresh, opened(staffed))
    assert answer.status_code == 422
    assert "seven days" in answer.content.decode()


@pytest.mark.parametrize(
    "change", [{"confirmed_by": "administrator"}, {"confirmed_by": "nurse"}, {"opened_by": "nurse"}]
)
def test_the_database_wants_three_different_people(staffed: People, change: dict[str, str]) -> None:
    opened(staffed)
    values = {name: getattr(staffed, who).user for name, who in change.items()}
    with (
        acting_in(staffed.organization.id),
        pytest.raises(IntegrityError, match="reset_"),
        transaction.atomic(),
    ):
        SecondFactorReset.objects.update(**values)


def link_in_notice() -> str:
    found = re.search(r"/sign-in/lost-second-step/\S+/stop/", str(mail.outbox[0].body))
    assert found is not None
    return found[0]


def test_the_person_stops_what_they_did_not_ask_for(staffed: People, trail: Trail) -> None:
    reset = opened(staffed)
    where, nobody = link_in_notice(), Client()
    assert where in staffed.nurse.client.get("/account/security/").content.decode()
    assert where not in staffed.physician.client.get("/account/security/").content.decode()
    assert "this was not me" in nobody.get(where).content.decode()
    assert the_reset(staffed).stopped_at is None  # looking stops nothing: mail programs open links
    assert "works as before" in nobody.post(where).content.decode()
    assert the_reset(staffed).stopped_by_id == staffed.nurse.user.id
    assert trail.count_of("second_factor_reset.stopped") == 1
    assert staffed.auditor.user.email in mail.outbox[-1].to + mail.outbox[-2].to
    again = nobody.post(where)
    assert again.status_code == 422
    assert "nothing to stop" in again.content.decode()
    assert confirm(staffed.auditor, reset).status_code == 422
    assert post_open(staffed).status_code == 303


def test_a_link_to_stop_that_was_changed_does_not_exist(staffed: People) -> None:
    opened(staffed)
    where = link_in_notice()
    for changed in (
        where.replace("p/", "p/A", 1),
        where.replace(":", ""),
        "/sign-in/lost-second-step/x/stop/",
    ):
        assert Client().post(changed).status_code == 404
    assert the_reset(staffed).stopped_at is None


@pytest.mark.parametrize("who", ["nurse", "caregiver"])
def test_who_opens_more_than_their_own_record_is_seen_face_to_face(staffed: People, who: str) -> None:
    if who == "caregiver":
        with_authenticator(staffed.caregiver.user)
    page = staffed.administrator.client.get(opening(getattr(staffed, who))).content.decode()
    assert "by video, holding" not in page
    assert post_open(staffed, who, **SEEN_BY_VIDEO).status_code == 422
    assert post_open(staffed, who).status_code == 303


def test_a_patient_who_works_elsewhere_is_seen_face_to_face(staffed: People) -> None:
    with_authenticator(staffed.patient.user)
    with acting_in(staffed.other_organization.id):
        Membership.objects.create(
            organization_id=staffed.other_organization.id, user=staffed.patient.user, roles=["nurse"]
        )
    with pytest.raises(ValidationError, match="face to face"), acting_in(staffed.organization.id):
        resets.open_reset(
            actor=staffed.administrator.actor,
            user_id=staffed.patient.user.id,
            reason="lost",
            how_checked="video",
        )
    assert post_open(staffed, "patient").status_code == 303


def test_one_person_is_enough_to_stop(staffed: People) -> None:
    token = ready(staffed)
    assert staffed.physician.client.post(f"{LIST}{the_reset(staffed).id}/stop/").status_code == 403
    assert staffed.administrator.client.post(f"{LIST}{the_reset(staffed).id}/stop/").status_code == 303
    assert use(Client(), token).status_code == 422


def test_one_reset_at_a_time_and_only_where_there_is_something_to_reset(staffed: People) -> None:
    opened(staffed)
    assert "under way" in post_open(staffed).content.decode()
    assert "no second step" in post_open(staffed, "physician").content.decode()
    assert post_open(staffed, "physician", reason="").status_code == 422
    assert post_open(staffed, "physician", how_checked="video").status_code == 422
    assert post_open(staffed, "stranger").status_code == 404


def test_resets_of_another_organization_do_not_exist(staffed: People) -> None:
    with acting_in(staffed.other_organization.id):
        owner = make_person(staffed.other_organization, "Bea Nakamura", Role.ADMINISTRATOR)
    reset = opened(staffed)
    assert owner.client.get(f"{LIST}{reset.id}/").status_code == 404
    assert owner.client.post(f"{LIST}{reset.id}/stop/").status_code == 404
    assert "Ines" not in owner.client.get(LIST).content.decode()


def test_two_opened_at_once_are_one(committed: None, staffed: People) -> None:
    def ask(_number: int) -> Any:
        with acting_in(staffed.organization.id):
            return resets.open_reset(actor=staffed.administrator.actor, user_id=staffed.nurse.user.id, **SEEN)

    run_in_threads(6, ask)
    with acting_in(staffed.organization.id):
        assert SecondFactorReset.objects.count() == 1


START = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTES = st.none() | st.integers(0, 4000)


@given(confirmed=MINUTES, stopped=MINUTES, claimed=MINUTES, completed=MINUTES, now=st.integers(0, 6000))
def test_a_reset_is_usable_only_while_confirmed_waited_for_and_untouched(
    confirmed: int | None, stopped: int | None, claimed: int | None, completed: int | None, now: int
) -> None:
    def at(minutes: int | None, more: float = 0) -> datetime | None:
        return None if minutes is None else START + timedelta(minutes=minutes + more)

    wait_minutes, link_minutes = reset_rules.WAIT_HOURS * 60, reset_rules.LINK_HOURS * 60
    ends = reset_rules.CONFIRM_HOURS * 60 if confirmed is None else confirmed + wait_minutes + link_minutes
    reset: Any = SimpleNamespace(
        expires_at=at(ends),
        confirmed_at=at(confirmed),
        ready_at=at(confirmed, wait_minutes),
        stopped_at=at(stopped),
        claimed_at=at(claimed),
        completed_at=at(completed),
    )
    is_ready = state_of(reset, START + timedelta(minutes=now)) is ResetState.READY
    is_untouched = stopped is None and claimed is None and completed is None
    assert is_ready == (is_untouched and confirmed is not None and confirmed + wait_minutes <= now < ends)
