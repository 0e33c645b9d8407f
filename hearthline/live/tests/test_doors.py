import pytest
from django.conf import settings
from django.db import transaction

from hearthline.identity.policy import SIGNED_IN
from hearthline.live.doors import Admission, NobodyError, _actor_of
from tests.people import People, sign_in

MEMBERS = Admission(SIGNED_IN)


def cookies(people: People, role: str, *, is_mfa: bool) -> dict[str, str]:
    client = sign_in(getattr(people, role).user, people.organization.id, is_mfa=is_mfa)
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


@pytest.mark.parametrize("role", ["physician", "caregiver"])
def test_without_the_second_factor_the_edge_knows_nobody(people: People, role: str) -> None:
    with transaction.atomic():
        assert _actor_of(cookies(people, role, is_mfa=True), "", MEMBERS, is_guest=False).user_id
        with pytest.raises(NobodyError):
            _actor_of(cookies(people, role, is_mfa=False), "", MEMBERS, is_guest=False)


def test_a_patient_may_come_with_one_factor(people: People) -> None:
    actor = _actor_of(cookies(people, "patient", is_mfa=False), "", MEMBERS, is_guest=False)
    assert actor.user_id == people.patient.user.id
