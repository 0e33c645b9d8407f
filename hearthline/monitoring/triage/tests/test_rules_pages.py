"""A clinician writes, replays, approves and retires rules; nobody else does."""

from typing import Any

import pytest

from hearthline.monitoring.alerts.models import Case, Rule
from hearthline.monitoring.alerts.tests.stage import HIGH_GLUCOSE, Home, in_force
from tests.people import People

RULES = "/monitoring/rules/"
FILLED = {
    "label": "Glucose high",
    "code": "glucose-high",
    "severity": "2",
    "metric": "glucose",
    "direction": "high",
    "limit": "250",
    "clear": "230",
    "run_count": "1",
    "run_minutes": "0",
    "ask_minutes": "0",
    "symptom_minutes": "240",
    "source": "Consensus 2019",
    "reason": "First limits",
}


def write(people: People, **changes: Any) -> Any:
    return people.nurse.client.post(f"{RULES}new/limit/", {**FILLED, **changes})


def test_from_a_draft_to_an_alert(home: Home, people: People) -> None:
    answer = write(people)
    rule = Rule.objects.get()
    assert answer.headers["location"] == f"{RULES}{rule.pk}/"
    assert (rule.state, rule.written_by, rule.settings["limit"]) == ("draft", people.nurse.user, 250)
    home.send((0, 260))
    html = people.physician.client.get(f"{RULES}{rule.pk}/").content.decode()
    assert "What it would have done in the last 30 days" in html
    assert people.nurse.client.post(f"{RULES}{rule.pk}/approve/").status_code == 403
    assert people.physician.client.post(f"{RULES}{rule.pk}/approve/").status_code == 302
    rule.refresh_from_db()
    assert (rule.state, rule.approved_by) == ("active", people.physician.user)
    assert rule.burden is not None
    home.send((5, 261))
    assert Case.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("clear", "260"),
        ("limit", "many"),
        ("run_count", "0"),
        ("metric", "mood"),
        ("reason", ""),
        ("severity", "9"),
    ],
)
def test_what_is_no_rule_is_refused_at_its_field(people: People, field: str, value: str) -> None:
    answer = write(people, **{field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not Rule.objects.exists()


@pytest.mark.parametrize("kind", ["limit", "change", "trend", "mean"])
def test_each_kind_has_a_form(people: People, kind: str) -> None:
    assert people.nurse.client.get(f"{RULES}new/{kind}/").status_code == 200


def test_a_kind_that_does_not_exist_is_not_found(people: People) -> None:
    assert people.nurse.client.get(f"{RULES}new/guess/").status_code == 404


def test_the_next_version_keeps_its_name_and_retiring_needs_a_reason(people: People) -> None:
    rule = in_force(people, HIGH_GLUCOSE, code="glucose-high")
    client = people.nurse.client
    client.post(f"{RULES}{rule.pk}/next/", {**FILLED, "code": "other", "limit": "270"})
    after = Rule.objects.get(state="draft")
    assert (after.code, after.version, after.settings["limit"]) == ("glucose-high", 2, 270)
    assert client.post(f"{RULES}{rule.pk}/retire/", {"reason": " "}).status_code == 422
    assert client.post(f"{RULES}{rule.pk}/retire/", {"reason": "Too many"}).status_code == 302
    rule.refresh_from_db()
    assert rule.state == "retired"


def test_shipped_rules_come_in_as_drafts(people: People) -> None:
    assert "No rules yet" in people.nurse.client.get(RULES).content.decode()
    people.nurse.client.post(f"{RULES}shipped/")
    html = people.nurse.client.get(RULES).content.decode()
    assert "Oxygen very low" in html
    assert set(Rule.objects.values_list("state", flat=True)) == {"draft"}


@pytest.mark.parametrize("who", ["patient", "administrator", "navigator", "auditor"])
def test_others_do_not_write_rules(people: People, who: str) -> None:
    client = people.by_role[who].client
    assert client.post(f"{RULES}new/limit/", FILLED).status_code == 403
    assert client.post(f"{RULES}shipped/").status_code == 403
    assert not Rule.objects.exists()


def test_adherence_has_only_one_bad_side(people: People) -> None:
    filled = {**FILLED, "metric": "systolic", "limit": "43", "clear": "50", "days": "7", "awaited_count": "6"}
    answer: Any = people.nurse.client.post(f"{RULES}new/adherence/", filled)
    assert answer.status_code == 302
    assert Rule.objects.get().settings["direction"] == "low"
    page = people.physician.client.get(answer.headers["location"]).content.decode()
    assert "Too little of what is planned is measured" in page
    refused = people.nurse.client.post(f"{RULES}new/adherence/", {**filled, "clear": "20"})
    assert refused.status_code == 422
