from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.http import Http404

from hearthline.compliance import queries, services
from hearthline.compliance.models import BreakGlass
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.identity.freshness import NotFreshError
from hearthline.tenancy.context import acting_in
from tests.people import People

PATIENT = UUID("01930000-0000-7000-8000-000000000001")


def opened(actor: Actor, **changes: Any) -> BreakGlass:
    values = {"patient_id": PATIENT, "cause": "emergency", "reason": "Unconscious at the hub", **changes}
    return services.open_break_glass(actor, **values)


def patients(actor: Actor) -> list[UUID]:
    return [row["patient_id"] for row in queries.active_break_glass_patient_ids(actor)]


def test_opens_one_record_to_one_person_for_an_hour(people: People) -> None:
    physician = people.physician.actor
    opening = opened(physician)
    assert patients(physician) == [PATIENT]
    assert patients(people.nurse.actor) == []
    assert queries.break_glass_until(physician, new_id()) is None
    with clock.frozen(opening.created_at + timedelta(minutes=59)):
        assert patients(physician) == [PATIENT]
    with clock.frozen(opening.created_at + timedelta(minutes=60)):
        assert patients(physician) == []
    services.end_break_glass(physician, opening_id=opening.pk)
    assert patients(physician) == []


def test_opening_again_returns_the_running_access(people: People) -> None:
    first = opened(people.nurse.actor)
    assert opened(people.nurse.actor).pk == first.pk
    services.end_break_glass(people.nurse.actor, opening_id=first.pk)
    assert opened(people.nurse.actor).pk != first.pk


def test_nobody_ends_the_access_of_another(people: People) -> None:
    opening = opened(people.physician.actor)
    services.end_break_glass(people.nurse.actor, opening_id=opening.pk)
    assert patients(people.physician.actor) == [PATIENT]


@pytest.mark.parametrize(
    "role", ["patient", "caregiver", "attendant", "administrator", "technician", "auditor"]
)
def test_only_clinicians_and_navigators_open(people: People, role: str) -> None:
    with pytest.raises(PermissionDenied), transaction.atomic():
        opened(getattr(people, role).actor)
    assert opened(people.navigator.actor).pk


def test_a_job_reaches_nothing_by_emergency_access(people: People) -> None:
    system = Actor.system(people.organization.id, "reminders")
    with pytest.raises(PermissionDenied), transaction.atomic():
        opened(system)
    assert patients(system) == []


def test_needs_a_second_factor_shown_just_now(people: People) -> None:
    actor = people.physician.actor
    stale = clock.now() - timedelta(minutes=6)
    for unproven in (
        replace(actor, is_mfa=False),
        replace(actor, authenticated_at=stale),
        replace(actor, authenticated_at=None),
        replace(actor, authenticated_at=clock.now() + timedelta(hours=1)),
    ):
        with pytest.raises(NotFreshError), transaction.atomic():
            opened(unproven)
    assert opened(actor).pk


@pytest.mark.parametrize("changes", [{"cause": "curious"}, {"reason": "  "}, {"reason": "x" * 501}])
def test_needs_a_cause_and_words(people: People, changes: dict[str, str]) -> None:
    with pytest.raises(ValidationError), transaction.atomic():
        opened(people.physician.actor, **changes)


def test_the_opener_cannot_close_the_review_whatever_the_roles(people: People) -> None:
    membership = people.physician.membership
    membership.roles = ["physician", "administrator", "auditor"]
    opening = opened(people.physician.actor)
    with pytest.raises(PermissionDenied), transaction.atomic():
        services.review_break_glass(people.physician.actor, opening_id=opening.pk, outcome="justified")
    with pytest.raises(IntegrityError, match="break_glass_reviewed_by_another"), transaction.atomic():
        BreakGlass.objects.filter(pk=opening.pk).update(
            reviewer=people.physician.user, reviewed_at=clock.now(), outcome="justified"
        )
    reviewed = services.review_break_glass(people.auditor.actor, opening_id=opening.pk, outcome="justified")
    assert reviewed.reviewer_id == people.auditor.user.pk
    assert not queries.awaiting_review(people.organization.id).exists()


def test_a_review_is_made_once_by_a_reviewer_with_words_when_it_went_wrong(people: People) -> None:
    opening = opened(people.physician.actor)
    with pytest.raises(Http404), transaction.atomic():
        services.review_break_glass(people.nurse.actor, opening_id=opening.pk, outcome="justified")
    for outcome, note in (("fine", "x"), ("not_justified", " ")):
        with pytest.raises(ValidationError), transaction.atomic():
            services.review_break_glass(
                people.auditor.actor, opening_id=opening.pk, outcome=outcome, note=note
            )
    services.review_break_glass(
        people.auditor.actor, opening_id=opening.pk, outcome="not_justified", note="A neighbour"
    )
    with pytest.raises(ValidationError), transaction.atomic():
        services.review_break_glass(people.administrator.actor, opening_id=opening.pk, outcome="justified")
    assert BreakGlass.objects.get().review_note == "A neighbour"


def test_another_organization_sees_and_opens_nothing_here(people: People) -> None:
    opened(people.physician.actor)
    with acting_in(people.other_organization.id):
        assert not BreakGlass.objects.exists()
        assert patients(people.stranger.actor) == []


def test_the_database_holds_no_words_of_the_reason_and_keeps_every_opening(people: People) -> None:
    opened(people.physician.actor, reason="CANARY unconscious")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM compliance_breakglass b WHERE b::text LIKE '%CANARY%'")
        assert cursor.fetchone()[0] == 0
        cursor.execute("SELECT has_table_privilege(current_user, 'compliance_breakglass', 'DELETE')")
        assert cursor.fetchone()[0] is False
