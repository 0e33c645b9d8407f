"""The link of a reset: it waits, works once, binds one browser, and locks what other organizations gave."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from hearthline.foundation import clock
from hearthline.identity import reset_rules, reset_use, resets
from hearthline.identity.invitations import make_token, secret_hash
from hearthline.identity.models import Membership, SecondFactorReset
from hearthline.identity.reset_rules import ResetState, state_of
from hearthline.identity.roles import Role
from hearthline.identity.tests.door import (
    SECRET,
    give_password,
    with_authenticator,
)
from hearthline.identity.tests.resetting import (
    SEEN_BY_VIDEO,
    confirmed,
    enrol,
    post_open,
    ready,
    the_reset,
    use,
    wait,
)
from hearthline.identity.totp import code_at, counter_now
from hearthline.tenancy.context import acting_in
from tests.database import run_in_threads
from tests.people import PASSWORD, People, make_person


def test_the_link_waits_and_ends(staffed: People) -> None:
    token = confirmed(staffed)
    early = use(Client(), token)
    assert early.status_code == 422
    assert "does not work yet" in early.content.decode()
    wait(staffed, hours=reset_rules.WAIT_HOURS + reset_rules.LINK_HOURS)
    assert "too old" in use(Client(), token).content.decode()
    assert Authenticator.objects.filter(user=staffed.nurse.user).exists()


def test_a_link_that_was_used_is_used(staffed: People) -> None:
    token = ready(staffed)
    assert use(Client(), token).status_code == 302
    again = use(Client(), token)
    assert again.status_code == 422
    assert "was used" in again.content.decode()


def test_the_password_is_asked_a_few_times_only(staffed: People) -> None:
    token = ready(staffed)
    for _attempt in range(reset_rules.MAX_WRONG_PASSWORDS):
        assert use(Client(), token, "not the password").status_code == 422
    assert use(Client(), token).status_code == 422
    assert Authenticator.objects.filter(user=staffed.nurse.user).exists()
    assert state_of(the_reset(staffed), clock.now()) is ResetState.STOPPED


def test_a_stolen_password_cannot_enrol_in_between(staffed: People) -> None:
    token = ready(staffed)
    owner, thief = Client(), Client()
    assert use(owner, token).status_code == 302
    assert give_password(thief, staffed.nurse.user.email).status_code == 302
    for page in ("/second-factor/", "/account/security/app/add/", "/account/security/passkeys/add/"):
        refused = thief.get(page)
        assert refused.status_code == 403, page
        assert "opened the link" in refused.content.decode()
    assert enrol(owner).status_code == 303


def test_an_hour_later_the_browser_of_the_link_is_too_late(staffed: People) -> None:
    client = Client()
    assert use(client, ready(staffed)).status_code == 302
    wait(staffed, minutes=reset_rules.ENROL_MINUTES)
    with acting_in(staffed.organization.id):
        assert state_of(SecondFactorReset.objects.get(), clock.now()) is ResetState.LAPSED
    assert enrol(client).status_code == 403
    assert post_open(staffed).status_code == 303


def test_a_password_set_meanwhile_does_not_count(staffed: People) -> None:
    token, another = ready(staffed), "another-lantern-orchard-31"
    staffed.nurse.user.set_password(another)
    staffed.nurse.user.save()
    refused = use(Client(), token, another)
    assert refused.status_code == 422
    assert "was changed" in refused.content.decode()
    assert Authenticator.objects.filter(user=staffed.nurse.user).exists()


def test_who_lost_access_meanwhile_does_not_come_back_by_a_reset(staffed: People) -> None:
    token = ready(staffed)
    with acting_in(staffed.organization.id):
        Membership.objects.filter(pk=staffed.nurse.membership.pk).update(is_active=False)
    assert use(Client(), token).status_code == 422
    assert Authenticator.objects.filter(user=staffed.nurse.user).exists()


def test_a_patient_is_helped_from_a_distance_and_enrols_before_any_page(staffed: People) -> None:
    with_authenticator(staffed.patient.user)
    client, thief = Client(), Client()
    assert use(client, ready(staffed, "patient", **SEEN_BY_VIDEO)).status_code == 302
    assert give_password(thief, staffed.patient.user.email).status_code == 302
    for one in (client, thief):
        assert one.get("/care/appointments/").headers["location"].startswith("/second-factor/")
    assert enrol(thief).status_code == 403
    assert enrol(client).status_code == 303
    assert client.get("/care/appointments/").status_code == 200


def elsewhere(people: People, *roles: Role) -> Membership:
    """Make the nurse a member of the other organization too, and give that one an administrator."""
    with acting_in(people.other_organization.id):
        return Membership.objects.create(
            organization_id=people.other_organization.id,
            user=people.nurse.user,
            roles=[role.value for role in roles],
        )


def stored(membership: Membership) -> Membership:
    with acting_in(membership.organization_id):
        return Membership.objects.get(pk=membership.pk)


@pytest.mark.parametrize("role", [Role.NURSE, Role.PATIENT])
def test_other_organizations_stay_locked_until_they_decide(staffed: People, role: Role) -> None:
    other = elsewhere(staffed, role)
    with acting_in(staffed.other_organization.id):
        owner = make_person(staffed.other_organization, "Bea Nakamura", Role.ADMINISTRATOR)
    client = Client()
    assert use(client, ready(staffed)).status_code == 302
    assert stored(other).locked_at is not None
    assert owner.user.email in [one.to[0] for one in mail.outbox]
    where = f"/administration/staff/{other.id}/unlock/"
    checked = {"reason": "saw her at the desk"}
    assert owner.client.post(where, checked).status_code == 422  # no new second factor yet
    assert enrol(client).status_code == 303
    page = client.get("/switch/").content.decode()
    assert "Locked for now" in page
    assert client.post("/switch/", {"membership": str(other.id)}).status_code == 404
    assert staffed.administrator.client.post(where, checked).status_code == 404
    assert staffed.stranger.client.post(where, checked).status_code == 403
    assert "Let in again" in owner.client.get("/administration/staff/").content.decode()
    assert owner.client.post(where, {"reason": ""}).status_code == 422
    assert owner.client.post(where, checked).status_code == 303
    assert stored(other).locked_at is None
    assert owner.client.post(where, checked).status_code == 404
    assert client.post("/switch/", {"membership": str(other.id)}).status_code == 303


def test_a_locked_administrator_is_not_one_to_rely_on(staffed: People) -> None:
    other = elsewhere(staffed, Role.ADMINISTRATOR)
    with acting_in(staffed.other_organization.id):
        owner = make_person(staffed.other_organization, "Bea Nakamura", Role.ADMINISTRATOR)
        Membership.objects.filter(pk=other.pk).update(locked_at=clock.now())
    where = f"/administration/staff/{owner.membership.id}/roles/"
    assert owner.client.post(where, {"roles": ["nurse"]}).status_code == 422


def test_of_many_uses_at_once_one_succeeds(committed: None, staffed: People) -> None:
    token = ready(staffed)
    answers = run_in_threads(8, lambda _number: reset_use.use_link(token, PASSWORD))
    assert sum(one.claim is not None for one in answers) == 1


def test_stopping_and_using_at_once_never_both_happen(committed: None, staffed: People) -> None:
    token, reset = ready(staffed), the_reset(staffed)

    def act(number: int) -> Any:
        if number % 2:
            return reset_use.use_link(token, PASSWORD).claim is not None
        with acting_in(staffed.organization.id):
            return resets.stop_reset(actor=staffed.auditor.actor, reset_id=reset.id)

    run_in_threads(6, act)
    after = the_reset(staffed)
    assert (after.stopped_at is None) != (after.claimed_at is None)
    has_factor = Authenticator.objects.filter(user=staffed.nurse.user).exists()
    assert has_factor == (after.claimed_at is None)


def test_two_organizations_that_help_at_once_leave_one_link(committed: None, staffed: People) -> None:
    tokens, other = [ready(staffed)], staffed.other_organization
    first, binding = the_reset(staffed), "the secret of the other link"
    with acting_in(other.id):
        elsewhere(staffed, Role.NURSE)
        helpers = [make_person(other, name, Role.ADMINISTRATOR) for name in ("Bea Nakamura", "Hugo Lind")]
        SecondFactorReset.objects.create(
            organization_id=other.id,
            user=staffed.nurse.user,
            opened_by=helpers[0].user,
            confirmed_by=helpers[1].user,
            how_checked="known",
            reason="lost",
            confirmed_at=first.confirmed_at,
            ready_at=first.ready_at,
            expires_at=first.expires_at,
            token_hash=secret_hash(binding),
            password_mark=first.password_mark,
        )
    tokens.append(make_token(other.id, binding))
    answers = run_in_threads(6, lambda number: reset_use.use_link(tokens[number % 2], PASSWORD))
    assert sum(one.claim is not None for one in answers) == 1


def test_the_known_secret_is_of_the_old_factor_only(staffed: People) -> None:
    client = Client()
    assert use(client, ready(staffed)).status_code == 302
    assert enrol(client).status_code == 303
    fresh = Client()
    give_password(fresh, staffed.nurse.user.email)
    old = code_at(SECRET, counter_now() + 1)
    assert fresh.post("/sign-in/second-step/", {"code": old}).status_code == 422
