"""A question goes from a patient's phone on a bad line to a specialist elsewhere and back; nobody else finds it.

Between the steps processes are killed: what was acknowledged goes on from where it was.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.urls import reverse
from playwright.sync_api import Browser, Page

from hearthline.charting.results.models import MachineToken
from hearthline.charting.results.senders import issue_token
from hearthline.consults.models import Consult
from hearthline.consults.services import attaching
from hearthline.consults.tests.objects import make_result, make_study
from hearthline.consults.tests.stage import CaseStage, make_stage
from hearthline.foundation.changes import announce
from hearthline.identity.roles import Role
from hearthline.imaging.intake.tests.stage import make_photographed
from hearthline.tenancy.context import acting_in
from tests.browser.chromium import launched
from tests.browser.consults import (
    WORDS,
    answers_to,
    count_photos,
    kill,
    make_third,
    person_in,
    pictures,
    send,
    status_of,
    thin,
    until,
)
from tests.browser.installation import Installation, installed
from tests.people import People, Person, make_person

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LISTEN = """() => new Promise((resolve) => {
    window.told = 0;
    const stream = new EventSource("/live/changes");
    stream.addEventListener("message", () => { window.told += 1; });
    stream.addEventListener("open", resolve);
})"""
PROCESSES = ("pages", "live", "dicomweb", "worker", "gateway")


@pytest.fixture
def stage(people: People, committed: None) -> CaseStage:
    with acting_in(people.organization.id):
        made = make_stage(people)
        made.desk.readers.update(is_available=False)  # nobody at home can take it
        make_photographed(people)
        return made


@pytest.fixture
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found
        connections.close_all()  # those that were opened while Playwright's loop ran belong to it


def choose_place(page: Page) -> None:
    """Agree to where the photo is taken, as far as that is asked."""
    page.wait_for_selector("[name=chaperone]")
    if page.locator("select[name=body_site]").count():
        page.select_option("select[name=body_site]", "arm")
        page.check("input[name=laterality][value=L]")
    page.get_by_role("button", name="Go on").click()


def ask(page: Page, installation: Installation, stage: CaseStage, shots: dict[str, Path]) -> UUID:
    """Ask a skin doctor by phone, with three photos over a line that is cut in the middle."""
    page.goto(f"{installation.origin}{reverse('consults:own_cases')}")
    page.get_by_role("link", name="Skin doctor").click()
    page.check("input[name=flags][value=none]")
    page.get_by_role("button", name="Continue").click()
    page.fill("[name=question]", "Is this dangerous?")
    page.get_by_role("button", name="Take photos").click()
    choose_place(page)
    send(page, shots, lambda: kill(installation, "gateway", "worker"))
    page.fill("[name=words]", "It itches at night.")
    page.get_by_role("button", name="I have sent everything").click()
    page.get_by_role("link", name="Go on with your question").click()
    found = re.search(r"[0-9a-f-]{36}", page.url)
    assert found is not None
    assert page.input_value("[name=question]") == "Is this dangerous?"
    consult_id = UUID(found[0])
    until(lambda: count_photos(stage, consult_id) == len(shots), "the photos do not come to the case")
    for name, words in WORDS.items():
        page.fill(f"[name=fact_{name}]", words)
    page.select_option("[name=fact_side]", "left")
    page.select_option("[name=fact_itch]", "yes")
    page.locator("button[name=ask]").click()
    page.wait_for_url(f"**{reverse('consults:own_case', args=[consult_id])}")
    return consult_id


def read_and_ask_for_one_more(page: Page, origin: str, consult_id: UUID) -> None:
    page.goto(origin + reverse("consults:worklist") + "?box=mine")
    page.get_by_role("link", name="Rosa Delgado").click()
    page.get_by_role("button", name="Begin to read").click()
    page.get_by_role("link", name="Write the answer").wait_for()
    assert page.locator(".gallery figure").count() == 3
    page.get_by_text("Ask for more").click()
    ask_more = page.locator(f"form[action='{reverse('consults:act', args=[consult_id, 'ask-more'])}']")
    ask_more.locator("[name=text]").fill("One with a ruler, please.")
    ask_more.locator("[name=body_site]").select_option("arm")
    ask_more.locator("[name=laterality]").select_option("L")
    ask_more.locator("[name=view]").select_option("scale")
    ask_more.get_by_role("button").click()
    page.get_by_text("Paused since").wait_for()


def sign(page: Page, origin: str, consult_id: UUID) -> None:
    page.goto(origin + reverse("consults:case", args=[consult_id]))
    assert page.locator(".gallery figure").count() == 4
    page.locator(".gallery a").first.click()
    page.get_by_role("link", name="Load full quality").click()
    page.wait_for_url("**?full=1")
    page.goto(origin + reverse("consults:answer", args=[consult_id]))
    assert page.get_by_text("opened in full quality").count() == 1
    page.fill("[name=assessment]", "A harmless mole.")
    page.fill("[name=plan]", "Look again in three months.")
    page.get_by_role("button", name="Sign as final").click()
    page.get_by_text("Signed. The asker is told.").wait_for()


def doors_of(consult: Consult, study_uid: str, report_id: Any) -> list[str]:
    """Every address of a case and of what was given with it."""
    case, root = [consult.pk], f"/dicomweb/cases/{consult.pk}/studies"
    given = [
        reverse(f"consults:{name}", args=[consult.pk, one.pk, *form])
        for one in consult.attachments.all()
        for name, form in (("file", ()), ("photo", ()), ("form", ("thumbnail",)), ("result", ()))
    ]
    files = [
        reverse("intake:file", args=[one.file_id, "preview"])
        for one in consult.attachments.exclude(file=None)
    ]
    names = ("case", "answer", "letter", "report", "add", "photos")
    return [
        *(reverse(f"consults:{name}", args=case) for name in names),
        *given,
        *files,
        *(root + part for part in ("", f"/{study_uid}", f"/{study_uid}/metadata", f"/{study_uid}/thumbnail")),
        f"/dicomweb/patients/{consult.patient_id}/studies",
        reverse("results:report", args=[report_id]),
        reverse("dicom:patient_images", args=[consult.patient_id]),
        reverse("intake:album", args=[consult.patient_id]),
        reverse("charting:chart", args=[consult.patient_id]),
    ]


def assert_nobody_finds_it(
    browser: Browser, origin: str, strangers: list[Person], doors: list[str], token: str, report_id: Any
) -> None:
    """A specialist elsewhere knocks at every door: pages, images, lists with their counts, data for machines."""
    for stranger in strangers:
        page = person_in(browser, origin, stranger)
        assert set(answers_to(page.context, origin, doors).values()) == {404}
        for box in ("mine", "free", "asked", "open", "done"):
            page.goto(f"{origin}{reverse('consults:worklist')}?box={box}")
            assert page.get_by_text("No cases here").count() == 1
        page.goto(origin + reverse("consults:measures"))
        assert "Dermatology" not in page.locator("main").inner_text()
        page.context.close()
    machine = browser.new_context(extra_http_headers={"Authorization": f"Bearer {token}"})
    assert machine.request.get(f"{origin}/fhir/DiagnosticReport/{report_id}").status == 404
    assert machine.request.get(f"{origin}/fhir/DiagnosticReport").json().get("total", 0) == 0
    machine.close()


@contextmanager
def listening(browser: Browser, origin: str, stranger: Person, here: Page) -> Iterator[tuple[Page, Page]]:
    """Two pages that count what the stream of changes tells them: a stranger's, and one where the case is."""
    elsewhere = person_in(browser, origin, stranger)
    elsewhere.goto(origin + reverse("consults:worklist"))
    for page in (elsewhere, here):
        page.evaluate(LISTEN)
    yield elsewhere, here
    elsewhere.context.close()


def test_a_question_travels_and_comes_back(
    stage: CaseStage, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.browser.installation.START_SECONDS", 120.0)
    people, shots = stage.people, pictures(tmp_path, 4)
    with installed(PROCESSES) as installation:
        origin = installation.origin
        rosa = person_in(browser, origin, people.patient, "phone")
        thin(rosa)
        views = dict(zip(("far", "regional", "close"), shots, strict=False))
        consult_id = ask(rosa, installation, stage, views)
        kill(installation, "pages")
        third, token = make_stranger()
        june = person_in(browser, origin, people.navigator)
        june.goto(origin + reverse("consults:case", args=[consult_id]))
        with listening(browser, origin, third, june) as (elsewhere, here):
            study_uid, report_id = give_more_of_the_record(stage, consult_id)
            here.wait_for_function("window.told > 0")
            assert elsewhere.evaluate("window.told") == 0
            with acting_in(third.membership.organization_id):
                announce(third.membership.organization_id, "consults")
            elsewhere.wait_for_function("window.told > 0")  # it does hear of its own
        june.reload()
        june.get_by_text("Let another organization answer").click()
        june.get_by_role("button", name="Share this case").click()
        until(lambda: status_of(stage, consult_id) == "assigned", "nobody elsewhere has the case")
        read_and_ask_for_one_more(person_in(browser, origin, stage.outside), origin, consult_id)
        kill(installation, "pages", "worker", "live")
        rosa.goto(origin + reverse("consults:own_case", args=[consult_id]))
        rosa.get_by_role("link", name="Take the photo").click()
        choose_place(rosa)
        send(rosa, {"scale": shots[3]})
        until(lambda: status_of(stage, consult_id) == "reading", "the clock does not run on")
        sign(person_in(browser, origin, stage.outside), origin, consult_id)
        rosa.goto(origin + reverse("consults:own_case", args=[consult_id]))
        rosa.get_by_text("A harmless mole.").wait_for()
        rosa.check("input[name=next_step][value=watch]")
        rosa.get_by_role("button", name="Send").click()
        until(lambda: status_of(stage, consult_id) == "closed", "the case is not closed")
        with acting_in(people.organization.id):
            doors = doors_of(Consult.objects.get(pk=consult_id), study_uid, report_id)
        assert_nobody_finds_it(browser, origin, [third, people.stranger], doors, token, report_id)


def give_more_of_the_record(stage: CaseStage, consult_id: UUID) -> tuple[str, Any]:
    """The clinic gives an X-ray and a result with the patient's question."""
    with acting_in(stage.people.organization.id):
        study, report = make_study(stage), make_result(stage)
        consult = Consult.objects.get(pk=consult_id)
        attaching.attach_all(stage.asker.actor, consult=consult, objects=[study, report])
        return study.study_uid, report.pk


def make_stranger() -> tuple[Person, str]:
    """A specialist elsewhere, and the token of a machine of theirs."""
    third = make_third()
    organization = third.membership.organization
    with acting_in(organization.id):
        keeper = make_person(organization, "Ada Quist", Role.ADMINISTRATOR)
        _token, secret = issue_token(
            actor=keeper.actor, name="Reader", laboratory=None, scopes=[MachineToken.Scope.READ], days=30
        )
    return third, secret
