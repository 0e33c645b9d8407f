"""A dangerous value interrupts those who have to answer it, on whatever page they are, and nobody else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hearthline.directory.models import OrganizationPolicy
from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Case, OnCallShift
from hearthline.monitoring.alerts.rules.kinds import Severity
from hearthline.monitoring.alerts.services import cases
from hearthline.monitoring.alerts.telling import tell
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, Home, after, in_force
from hearthline.monitoring.triage.dangers import dangers_for
from hearthline.monitoring.triage.models import SoundWish
from tests.people import People, sign_in

WORDS = "Dangerous, and nobody has taken it"
BAR = "/monitoring/dangers/"
PAGES = ("/today/", "/patients/", "/messages/", "/monitoring/", "/programs/", "/schedule/")


@pytest.fixture
def case(home: Home, people: People) -> Case:
    in_force(people, HIGH_GLUCOSE, code="high", severity=Severity.DANGER)
    home.send((0, 255))
    return Case.objects.get()


def sees(people: People, who: str, minutes: float = 1) -> bool:
    with clock.frozen(after(minutes)):
        return bool(dangers_for(people.by_role[who].actor))


def test_every_page_of_a_nurse_shows_it_with_one_press_to_take_it(people: People, case: Case) -> None:
    client = people.nurse.client
    for address in PAGES:
        answer = client.get(address, follow=True)
        html = answer.content.decode()
        assert (answer.status_code, html.count(WORDS)) == (200, 1), address
        assert f'formaction="/monitoring/cases/{case.pk}/claim/"' in html
        title = html[html.index("<title>") : html.index("</title>")]
        assert not {"Rosa", "lucose", "255"} & {word for word in ("Rosa", "lucose", "255") if word in title}
    taken = client.post(reverse("triage:claim", args=[case.pk]))
    assert taken.headers["location"] == f"/monitoring/cases/{case.pk}/"
    assert WORDS not in client.get(BAR).content.decode()


def test_the_bar_is_the_same_markup_each_time_so_that_it_is_not_read_out_again(
    people: People, case: Case
) -> None:
    first, second = (people.nurse.client.get(BAR).content for _ in range(2))
    assert first == second
    assert b"csrf" not in first


def test_it_reaches_whom_the_ladder_has_reached(people: People, case: Case) -> None:
    reached = {who: sees(people, who) for who in ("nurse", "physician", "specialist", "navigator")}
    assert reached == {"nurse": True, "physician": False, "specialist": False, "navigator": False}
    OnCallShift.objects.create(
        organization_id=people.organization.id,
        whom="on_call",
        user=people.specialist.user,
        starts_at=after(-60),
        ends_at=after(60),
    )
    OrganizationPolicy.objects.update_or_create(
        organization_id=people.organization.id, defaults={"nurses_see_all_patients": True}
    )
    with clock.frozen(after(31)):
        tell(people.organization.id)
    assert sees(people, "nurse", 31)


def test_whoever_is_on_call_sees_it_at_once_if_the_record_is_theirs_to_see(
    people: People, case: Case
) -> None:
    OnCallShift.objects.create(
        organization_id=people.organization.id,
        whom="supervisor",
        user=people.navigator.user,
        starts_at=after(-60),
        ends_at=after(60),
    )
    assert sees(people, "navigator")
    assert not sees(people, "navigator", 61)
    assert not sees(people, "physician")


def test_one_that_got_worse_is_its_owners_again(people: People, case: Case, home: Home) -> None:
    cases.claim(actor=people.nurse.actor, case=case)
    assert not sees(people, "nurse")
    Case.objects.update(acknowledged_at=None)
    assert sees(people, "nurse")


def test_a_closed_or_settled_case_interrupts_nobody(people: People, case: Case, home: Home) -> None:
    home.send((5, 100))
    assert not sees(people, "nurse", 6)


@pytest.mark.parametrize(
    "who", ["patient", "caregiver", "administrator", "technician", "attendant", "auditor"]
)
def test_other_roles_see_and_fetch_nothing(people: People, case: Case, who: str) -> None:
    client = people.by_role[who].client
    assert client.get(BAR).status_code == 403
    html = client.get("/", follow=True).content.decode()
    assert "dangers" not in html


def test_another_organization_and_who_is_half_signed_in_see_nothing(people: People, case: Case) -> None:
    assert WORDS not in people.stranger.client.get(BAR).content.decode()
    half = sign_in(people.nurse.user, people.organization.id, is_mfa=False)
    assert half.get(BAR).headers["location"].startswith("/second-factor/")
    assert "Rosa" not in half.get("/second-factor/", follow=True).content.decode()


def test_a_nurse_whose_patient_it_is_not_sees_nothing(people: People, case: Case) -> None:
    OrganizationPolicy.objects.update_or_create(
        organization_id=people.organization.id, defaults={"nurses_see_all_patients": False}
    )
    assert not sees(people, "nurse")


def test_a_quiet_page_asks_little_for_it(people: People, home: Home) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert dangers_for(people.nurse.actor) == ()
    assert len(captured) <= 2


def test_it_sounds_only_for_who_asked(people: People, case: Case) -> None:
    client = people.nurse.client
    assert "data-audible" not in client.get("/today/").content.decode()
    client.post("/monitoring/sound/", {"is_wanted": "1"})
    client.post("/monitoring/sound/", {"is_wanted": "1"})
    assert SoundWish.objects.count() == 1
    assert "data-audible" in client.get("/today/").content.decode()
    client.post("/monitoring/sound/", {"is_wanted": "0"})
    assert not SoundWish.objects.exists()
    assert people.administrator.client.post("/monitoring/sound/").status_code == 403
