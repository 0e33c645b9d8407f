"""A patient links an account and ends it; tokens are sealed and refreshed once; a consent taken back is the end."""

from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection

from hearthline.demo.withings.cloud import Refused
from hearthline.directory.tests.stage import make_patient
from hearthline.foundation import clock
from hearthline.messaging.models import Notification
from hearthline.monitoring.readings.models import DeviceAssignment, MonitoredPatient
from hearthline.monitoring.vendors.models import VendorLink
from hearthline.monitoring.vendors.services.ending import part
from hearthline.monitoring.vendors.services.linking import open_link
from hearthline.monitoring.vendors.services.tokens import usable_token
from hearthline.monitoring.vendors.tests.stage import KILOGRAM, VendorStage, vendor_stage
from hearthline.monitoring.vendors.withings import Tokens, VendorRefusedError
from hearthline.tenancy.context import acting_in
from tests.database import run_in_threads
from tests.people import People

WEIGHT = {KILOGRAM: (81_350, -3)}
BACK = "/care/readings/withings/back/"


def test_an_account_is_linked_and_its_page_says_so(stage: VendorStage) -> None:
    client = stage.people.patient.client
    assert b"Go on to Withings" in client.get(stage.url).content
    with clock.frozen(stage.moment):
        answer = stage.say_yes()
    assert b"It is linked" in answer.content
    assert b"Not yet. It takes a minute." in answer.content
    with stage.later(minutes=1):
        link = stage.pull(is_due=True)
    assert link.subscribed_at == link.pulled_at == stage.moment
    (address,) = stage.account.callbacks
    assert stage.account.callbacks[address] == [1, 2, 4]
    assert address == f"http://localhost:8000/ingest/vendors/withings/{link.callback_secret}"
    assert b"Stop reading from Withings" in client.get(stage.url).content


def test_a_person_who_says_no_is_not_linked(stage: VendorStage) -> None:
    client = stage.people.patient.client
    client.get(f"{stage.url}go/")
    state = client.session["vendor_link_request"]["state"]
    answer = client.get(BACK, {"state": state, "error": "access_denied"}, follow=True)
    assert b"Nothing was linked" in answer.content
    assert not VendorLink.objects.exists()


def test_an_answer_that_was_not_asked_for_is_refused(stage: VendorStage) -> None:
    """Somebody else's code in this person's session would send a stranger's numbers into their record."""
    client = stage.people.patient.client
    code = stage.cloud.consent(stage.account.number, f"http://localhost:8000{BACK}")
    for state in ("", "guessed"):
        answer = client.get(BACK, {"state": state, "code": code}, follow=True)
        assert b"Please start again" in answer.content
    client.get(f"{stage.url}go/")
    assert b"Please start again" in client.get(BACK, {"state": "wrong", "code": code}, follow=True).content
    assert not VendorLink.objects.exists()


def test_a_state_is_good_once_and_for_ten_minutes(stage: VendorStage) -> None:
    client = stage.people.patient.client
    with clock.frozen(stage.moment):
        client.get(f"{stage.url}go/")
        state = client.session["vendor_link_request"]["state"]
    with stage.later(minutes=11):
        code = stage.cloud.consent(stage.account.number, f"http://localhost:8000{BACK}")
        assert b"Please start again" in client.get(BACK, {"state": state, "code": code}, follow=True).content
    assert not VendorLink.objects.exists()


@pytest.mark.parametrize("seconds", [31, 3600])
def test_a_code_is_good_for_half_a_minute(stage: VendorStage, seconds: int) -> None:
    client = stage.people.patient.client
    code = stage.cloud.consent(stage.account.number, f"http://localhost:8000{BACK}")
    stage.moment += timedelta(seconds=seconds)
    client.get(f"{stage.url}go/")
    state = client.session["vendor_link_request"]["state"]
    answer = client.get(BACK, {"state": state, "code": code}, follow=True)
    assert b"did not confirm it" in answer.content


def test_a_cloud_that_is_away_is_said(stage: VendorStage) -> None:
    client = stage.people.patient.client
    client.get(f"{stage.url}go/")
    state = client.session["vendor_link_request"]["state"]
    stage.cloud.is_away = True
    answer = client.get(BACK, {"state": state, "code": "c"}, follow=True)
    assert b"does not answer now" in answer.content


def test_our_own_wrong_secret_ends_no_link(stage: VendorStage, settings: Any) -> None:
    stage.linked()
    settings.WITHINGS_CLIENT_SECRET = "mistyped"
    with stage.later(hours=4):
        link = stage.pull(is_due=True)
    assert (link.state, link.failures) == (VendorLink.State.ACTIVE, 1)


def test_one_account_sends_to_one_person(stage: VendorStage) -> None:
    stage.linked()
    with clock.frozen(stage.moment):
        answer = stage.say_yes()
        assert b"An account is linked already" in answer.content
        other = make_patient(stage.people, "Nora")
        monitored = MonitoredPatient.objects.create(organization_id=other.organization_id, patient=other)
        VendorLink.objects.update(monitored=monitored)
        answer = stage.say_yes()
    assert b"already sends its numbers to another person here" in answer.content


def test_tokens_are_sealed(stage: VendorStage) -> None:
    link = stage.linked()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(l)::text FROM vendors_vendorlink l")
        row = cursor.fetchone()[0]
    for secret in (link.access_token, link.refresh_token, link.account, link.callback_secret):
        assert len(secret) > 7
        assert secret not in row
        assert secret.encode().hex() not in row


def test_a_token_at_its_end_is_refreshed(stage: VendorStage) -> None:
    before = stage.linked()
    with stage.later(hours=4):
        stage.cloud.measure(stage.account, WEIGHT)
        after = stage.hear()
    assert after.refresh_token == stage.account.refresh != before.refresh_token
    assert stage.stored("weight") == [(81.35, 0)]


def test_a_token_taken_back_early_is_replaced(stage: VendorStage) -> None:
    stage.linked()
    stage.account.access.clear()
    with stage.later(minutes=5):
        stage.cloud.measure(stage.account, WEIGHT)
        assert stage.hear().state == VendorLink.State.ACTIVE
    assert stage.stored("weight") == [(81.35, 0)]


def test_a_cloud_that_refuses_the_tokens_it_gives_ends_no_link(
    stage: VendorStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.linked()

    def refuse(*_values: object) -> None:
        raise Refused(401, "not now")

    with monkeypatch.context() as patch, stage.later(minutes=5):
        patch.setattr(stage.cloud, "_owner", refuse)
        link = stage.pull(is_due=True)
    assert (link.state, link.failures) == (VendorLink.State.ACTIVE, 1)
    with stage.later(minutes=5):
        stage.cloud.measure(stage.account, WEIGHT)
        assert stage.pull(is_due=True).failures == 0
    assert stage.stored("weight") == [(81.35, 0)]


def test_a_worker_that_died_with_new_tokens_in_hand_does_no_harm(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(hours=4):
        stage.cloud.grant(stage.account)  # the answer that nobody kept
        assert stage.pull(is_due=True).failures == 0
    assert stage.link.refresh_token == stage.account.refresh


def test_a_consent_taken_back_is_the_end_and_is_told(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(minutes=5):
        stage.cloud.measure(stage.account, WEIGHT)
        stage.hear()
        assert DeviceAssignment.objects.get().ends_at is None
    with stage.later(minutes=5):
        stage.cloud.revoke(stage.account)
        link = stage.hear()
    assert (link.state, link.access_token, link.refresh_token) == (VendorLink.State.LOST, "", "")
    assert DeviceAssignment.objects.get().ends_at == stage.moment
    assert Notification.objects.get().template == "monitoring.link_lost"
    with clock.frozen(stage.moment):
        page = stage.people.patient.client.get(stage.url).content
    assert b"no longer lets us read" in page
    assert b"Go on to Withings" in page
    asked = len(stage.cloud.asked)
    with stage.later(minutes=1):
        stage.pull(is_due=True)
    assert len(stage.cloud.asked) == asked
    with clock.frozen(stage.moment):  # and again
        stage.say_yes()
    assert stage.link.state == VendorLink.State.ACTIVE


def test_a_forged_word_of_the_end_ends_nothing(stage: VendorStage) -> None:
    stage.linked()
    with stage.later(minutes=5):
        stage.said.append(("POST", "x", f"userid={stage.account.number}&appli=46&action=unlink".encode()))
        assert stage.hear().state == VendorLink.State.ACTIVE


def test_ending_it_stops_at_once_and_tells_the_cloud(stage: VendorStage) -> None:
    stage.linked()
    client = stage.people.patient.client
    with clock.frozen(stage.moment):
        answer = client.post(f"{stage.url}end/", follow=True)
        assert client.post(f"{stage.url}end/").status_code == 303  # a double click
    assert b"No more numbers come from there" in answer.content
    link = stage.link
    assert link.state == VendorLink.State.ENDED
    part(link.organization_id, link_id=str(link.pk))
    assert stage.account.callbacks == {}
    assert stage.link.refresh_token == ""
    with pytest.raises(VendorRefusedError):
        usable_token(link.organization_id, link.pk)


def test_tokens_are_erased_even_if_the_cloud_is_away(stage: VendorStage) -> None:
    link = stage.linked()
    with clock.frozen(stage.moment):
        stage.people.patient.client.post(f"{stage.url}end/")
    stage.cloud.is_away = True
    part(link.organization_id, link_id=str(link.pk))
    assert stage.link.access_token == ""


def test_others_have_no_business_here(stage: VendorStage) -> None:
    stage.linked()
    for person in (stage.people.caregiver, stage.people.nurse, stage.people.technician):
        for address in (stage.url, f"{stage.url}go/"):
            assert person.client.get(address).status_code in {403, 404}
        assert person.client.post(f"{stage.url}end/").status_code in {403, 404}
    assert stage.link.state == VendorLink.State.ACTIVE


def test_without_a_registration_it_is_not_offered(stage: VendorStage, settings: Any) -> None:
    settings.WITHINGS_CLIENT_ID = ""
    client = stage.people.patient.client
    assert client.get(stage.url).status_code == 404
    assert client.get(f"{stage.url}go/").status_code == 404
    assert b"Withings" not in client.get(stage.home.url("add")).content


def test_two_workers_refresh_once(committed: None, people: People, settings: Any) -> None:
    with ExitStack() as open_things:
        with acting_in(people.organization.id):
            stage = open_things.enter_context(vendor_stage(people, settings))
            tokens = msgspec.convert(stage.cloud.grant(stage.account), Tokens)
            with clock.frozen(stage.moment):
                link = open_link(actor=people.patient.actor, monitored=stage.home.monitored, tokens=tokens)
        stage.moment += timedelta(hours=4)

        def work(_number: int) -> str:
            with clock.frozen(stage.moment):
                return usable_token(link.organization_id, link.pk)

        found = run_in_threads(4, work)
        grants = [form for path, form in stage.cloud.asked if path == "/v2/oauth2"]
    assert len(set(found)) == 1
    assert found[0] in stage.account.access
    assert [form["grant_type"] for form in grants] == ["refresh_token"]
