"""Going through the reset of a second factor as people do, and letting time pass for it."""

import re
from datetime import timedelta
from typing import Any

from django.core import mail
from django.test import Client

from hearthline.identity import reset_rules
from hearthline.identity.models import SecondFactorReset
from hearthline.identity.totp import code_at, counter_now
from hearthline.tenancy.context import acting_in
from tests.people import PASSWORD, People, Person

LIST = "/administration/second-step-resets/"
USE = "/sign-in/lost-second-step/"
SEEN = {"how_checked": "known", "reason": "phone stolen, codes in the same bag"}
SEEN_BY_VIDEO = {"how_checked": "video"}
LONG_AGO = timedelta(days=30)


def opening(person: Person) -> str:
    return f"/administration/members/{person.user.id}/lost-second-step/"


def post_open(people: People, who: str = "nurse", by: str = "administrator", **values: str) -> Any:
    return getattr(people, by).client.post(opening(getattr(people, who)), {**SEEN, **values})


def the_reset(people: People) -> SecondFactorReset:
    with acting_in(people.organization.id):
        return SecondFactorReset.objects.select_related("user").get()


def opened(people: People, who: str = "nurse", **values: str) -> SecondFactorReset:
    assert post_open(people, who, **values).status_code == 303
    return the_reset(people)


def confirm(person: Person, reset: SecondFactorReset) -> Any:
    return person.client.post(f"{LIST}{reset.id}/", {"confirm": "yes"})


def confirmed(people: People, who: str = "nurse", **values: str) -> str:
    """Open and confirm, and return the token of the message."""
    assert confirm(people.auditor, opened(people, who, **values)).status_code == 303
    links = [re.search(rf"{USE}#(\S+)", str(one.body)) for one in mail.outbox]
    found = [link[1] for link in links if link]
    assert len(found) == 1
    return found[0]


def wait(people: People, **by: float) -> None:
    """Let time pass for the reset: its moments move into the past."""
    reset, back = the_reset(people), timedelta(**by)
    with acting_in(people.organization.id):
        SecondFactorReset.objects.update(
            expires_at=reset.expires_at - back,
            confirmed_at=reset.confirmed_at and reset.confirmed_at - back,
            ready_at=reset.ready_at and reset.ready_at - back,
            claimed_at=reset.claimed_at and reset.claimed_at - back,
        )


def ready(people: People, who: str = "nurse", **values: str) -> str:
    token = confirmed(people, who, **values)
    wait(people, hours=reset_rules.WAIT_HOURS)
    return token


def use(client: Client, token: str, password: str = PASSWORD) -> Any:
    return client.post(USE, {"token": token, "password": password})


def enrol(client: Client) -> Any:
    page = client.get("/account/security/app/add/")
    if page.status_code != 200:
        return page
    secret = page.content.decode().partition('<code dir="ltr">')[2].partition("<")[0]
    return client.post("/account/security/app/add/", {"code": code_at(secret, counter_now())})
