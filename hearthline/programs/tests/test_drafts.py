"""The organization's own version of a program: copied, changed on pages, approved by somebody else, then used."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from hearthline.directory.models import Practitioner
from hearthline.directory.tests.stage import make_patient, treat, watch_audit
from hearthline.identity.models import Membership
from hearthline.programs.definitions import shipped_content
from hearthline.programs.draft_forms import AboutForm, PhaseForms, add_phase, move_phase, remove_phase
from hearthline.programs.drafts import approve_draft, begin_draft, change_draft
from hearthline.programs.models import Program, ProgramDraft
from hearthline.programs.queries import differences
from hearthline.programs.services import Order, enroll
from hearthline.programs.tests.stage import adopt, make_enrollment
from tests.people import People

BEGIN = "/programs/catalogue/hypertension/draft/"
SHIPPED: int = shipped_content()["hypertension"]["version"]


def begun(people: People, who: str = "nurse") -> ProgramDraft:
    answer = people.by_role[who].client.post(BEGIN)
    draft = ProgramDraft.objects.get(became=None, dropped_at=None)
    assert answer.headers["location"] == f"/programs/drafts/{draft.pk}/"
    return draft


def untouched(*forms: Any) -> dict[str, Any]:
    """Return what forms of a page would send as they came."""
    fields = [field for form in forms for field in form]
    return {field.html_name: value for field in fields if (value := field.value()) is not None}


def about_form(people: People, draft: ProgramDraft) -> dict[str, Any]:
    assert people.nurse.client.get(f"/programs/drafts/{draft.pk}/about/").status_code == 200
    return untouched(AboutForm(initial=AboutForm.initial_of(draft.content) | {"edition": draft.edition}))


def phase_form(people: People, draft: ProgramDraft) -> dict[str, Any]:
    assert people.nurse.client.get(f"/programs/drafts/{draft.pk}/phases/baseline/").status_code == 200
    shown = PhaseForms(draft.content["phase"][0], draft.edition)
    rows = (shown.plan, shown.tasks, shown.lessons)
    return untouched(
        shown.phase, *(one.management_form for one in rows), *(form for one in rows for form in one)
    )


def shorter(content: dict[str, Any]) -> None:
    content["phase"][0]["days"] = 14


def test_a_nurse_changes_a_phase_on_its_page_and_a_physician_puts_it_in_use(people: People) -> None:
    before = make_enrollment(people)
    draft = begun(people)
    page = f"/programs/drafts/{draft.pk}/"
    data = phase_form(people, draft) | {
        "name_en": "First two weeks",
        "days": "14",
        "rules": ["systolic-severe", "pulse-very-fast"],
        "plan-0-metric": "systolic",
        "plan-0-windows": "07:00-09:00",
        "plan-0-weekdays": ["0", "2"],
        "plan-0-least_days": "4",
        "plan-1-metric": "pulse",
        "plan-1-windows": "",
        "lessons-1-title_en": "Move",
        "lessons-1-body_en": "Walk each day.",
        "tasks-0-name_en": "",
        "tasks-0-name_es": "",
        "tasks-0-name_ar": "",
    }
    assert people.nurse.client.post(f"{page}phases/baseline/", data).status_code == 303
    draft.refresh_from_db()
    phase = draft.definition.phases[0]
    assert (phase.days, phase.rules, phase.tasks) == (14, ("systolic-severe", "pulse-very-fast"), ())
    assert [(one.metric, one.is_continuous, one.weekdays[:2]) for one in phase.plan] == [
        ("systolic", False, (0, 2)),
        ("pulse", True, (0, 1)),
    ]
    assert [one.code for one in phase.lessons] == ["how-to-measure", "lesson-1"]
    assert "what is measured" in people.physician.client.get(page).content.decode()
    reason = {"edition": draft.edition, "reason": "Two weeks tell more"}
    assert people.nurse.client.post(f"{page}approve/", reason).status_code == 403
    assert people.physician.client.post(f"{page}approve/", reason).status_code == 303
    own = Program.objects.get(retired_at=None)
    assert (own.version, own.written_by, own.adopted_by) == (
        SHIPPED + 1,
        people.nurse.user,
        people.physician.user,
    )
    before.refresh_from_db()
    assert (before.program.version, before.current_phase.days) == (SHIPPED, 7)
    patient = make_patient(people, "Ada")
    treat(patient, Practitioner.objects.get(membership=people.physician.membership))
    order = Order("High", is_established=True)
    after = enroll(people.physician.actor, patient=patient, program=own, order=order)
    assert after.current_phase.days == 14
    assert after.episode.planned.filter(metric="pulse").exists()
    catalogue = people.nurse.client.get("/programs/catalogue/").content.decode()
    assert "Your own version in use" in catalogue
    assert "Two weeks tell more" in catalogue
    assert people.nurse.client.get(page).status_code == 404


def test_whoever_had_a_hand_in_it_does_not_approve_it_unless_nobody_else_can(people: People) -> None:
    draft = begin_draft(people.nurse.actor, content=shipped_content()["hypertension"])
    change_draft(people.physician.actor, draft=draft, edition=1, change=shorter, what="test")
    change_draft(people.nurse.actor, draft=draft, edition=2, change=shorter, what="test")
    with pytest.raises(PermissionDenied):
        approve_draft(people.physician.actor, draft=draft, edition=3, reason="Good")
    page = people.physician.client.get(f"/programs/drafts/{draft.pk}/").content.decode()
    assert "Another physician has to approve it" in page
    refused = people.physician.client.post(
        f"/programs/drafts/{draft.pk}/approve/", {"edition": 3, "reason": "x"}
    )
    assert (refused.status_code, Program.objects.count()) == (422, 0)
    Membership.objects.filter(user=people.specialist.user).update(is_active=False)
    program = approve_draft(people.physician.actor, draft=draft, edition=3, reason="Good")
    assert program.definition.phases[0].days == 14


def test_of_two_tabs_the_later_is_told_and_loses_nothing(people: People) -> None:
    draft = begun(people)
    page = f"/programs/drafts/{draft.pk}/about/"
    first, second = about_form(people, draft), about_form(people, draft)
    assert people.nurse.client.post(page, first | {"source": "One"}).status_code == 303
    answer = people.nurse.client.post(page, second | {"source": "Two"})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert "Somebody changed this draft meanwhile" in html
    assert "Two" in html
    draft.refresh_from_db()
    assert draft.content["source"] == "One"


@pytest.mark.parametrize(
    "change",
    [
        {"plan-0-windows": "10:00-06:00"},
        {"plan-0-windows": "morning"},
        {"name_en": ""},
        {"days": ""},
        {"days": "0"},
        {"rules": ["no-such-rule"]},
        {"lessons-1-title_es": "Sin inglés"},
        {"lessons-1-title_en": "No body"},
        {"tasks-0-code": "Not A Code"},
        {"edition": "x"},
    ],
)
def test_what_would_be_no_program_is_asked_again(people: People, change: dict[str, Any]) -> None:
    draft = begun(people)
    page = f"/programs/drafts/{draft.pk}/phases/baseline/"
    answer = people.nurse.client.post(page, phase_form(people, draft) | change)
    assert answer.status_code == 422
    draft.refresh_from_db()
    assert draft.edition == 1


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (add_phase, ["baseline", "treatment", "keeping", "phase-1"]),
        (lambda content: remove_phase(content, "treatment"), ["baseline", "keeping"]),
        (lambda content: move_phase(content, "treatment", -1), ["treatment", "baseline", "keeping"]),
        (lambda content: move_phase(content, "baseline", -1), ["baseline", "treatment", "keeping"]),
    ],
)
def test_phases_are_added_taken_out_and_moved(
    people: People, change: Callable[[dict[str, Any]], None], codes: list[str]
) -> None:
    draft = begin_draft(people.nurse.actor, content=shipped_content()["hypertension"])
    change_draft(people.nurse.actor, draft=draft, edition=1, change=change, what="test")
    draft.refresh_from_db()
    assert [one.code for one in draft.definition.phases] == codes


def test_the_last_phase_cannot_go_up_before_one_that_has_an_end(people: People) -> None:
    draft = begun(people)
    move = {"edition": 1, "act": "up", "code": "keeping"}
    answer = people.nurse.client.post(f"/programs/drafts/{draft.pk}/phases/", move, follow=True)
    assert "only the last phase may have no days" in answer.content.decode()


def test_the_shipped_version_can_be_gone_back_to_and_a_later_one_gets_its_own_number(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt(people)
    draft = begin_draft(people.nurse.actor, content=shipped_content()["hypertension"])
    change_draft(people.nurse.actor, draft=draft, edition=1, change=shorter, what="test")
    approve_draft(people.physician.actor, draft=draft, edition=2, reason="Good")
    people.physician.client.post("/programs/catalogue/hypertension/adopt/")
    assert Program.objects.get(retired_at=None).version == SHIPPED
    later = shipped_content() | {
        "hypertension": shipped_content()["hypertension"] | {"version": SHIPPED + 1, "source": "New"}
    }
    monkeypatch.setattr("hearthline.programs.views.catalogue.shipped_content", lambda: later)
    people.physician.client.post("/programs/catalogue/hypertension/adopt/")
    used = Program.objects.get(retired_at=None)
    assert (used.version, used.content["source"], used.written_by) == (SHIPPED + 2, "New", None)


def test_who_may_and_who_may_not(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    written = watch_audit(monkeypatch)
    draft = begun(people)
    assert begun(people, "physician") == draft
    page = f"/programs/drafts/{draft.pk}/"
    assert people.navigator.client.get(page).status_code == 200
    assert people.navigator.client.post(f"{page}drop/").status_code == 403
    assert people.stranger.client.get(page).status_code == 404
    for who in ("patient", "administrator", "technician"):
        assert people.by_role[who].client.get(page).status_code == 403
    assert people.nurse.client.post(f"{page}drop/").status_code == 303
    with pytest.raises(ValidationError):
        change_draft(people.nurse.actor, draft=draft, edition=1, change=shorter, what="test")
    done = [one.action for one in written if one.action.startswith("program.")]
    assert done == ["program.draft_begun", "program.draft_dropped"]


def test_differences_name_the_parts(people: People) -> None:
    draft = begin_draft(people.nurse.actor, content=shipped_content()["hypertension"])
    before = draft.definition
    change_draft(people.nurse.actor, draft=draft, edition=1, change=shorter, what="test")
    draft.refresh_from_db()
    (found,) = differences(before, draft.definition)
    assert (found.phase, found.kind, found.parts) == ("baseline", "changed", ("days",))
    assert {one.kind for one in differences(None, before)} == {"new"}
