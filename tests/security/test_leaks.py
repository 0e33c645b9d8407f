"""Nothing of one organization reaches another: through pools, jobs, async work, commands, or smuggled SQL."""

import asyncio
import json
import time
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.management.base import BaseCommand
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError, ProgrammingError

from hearthline.directory.models import Patient, PatientNameToken
from hearthline.foundation.events import Event, publish, react, subscriber
from hearthline.foundation.ids import new_id
from hearthline.foundation.jobs import job
from hearthline.foundation.models import Reaction
from hearthline.tenancy.context import CONTEXT_SETTING, acting_in, set_context, sign
from hearthline.tenancy.models import Organization, Site
from tests.database import owner_connection, run_in_threads
from tests.people import People, make_organization

CONCURRENT = 40
_seen: list[tuple[UUID, list[str]]] = []


def make_sites() -> tuple[Organization, Organization]:
    organizations = (make_organization("north", "North"), make_organization("south", "South"))
    for organization in organizations:
        with acting_in(organization.id):
            Site.objects.create(
                organization_id=organization.id,
                name=f"Site of {organization.name}",
                zone="UTC",
                jurisdiction="US-TX",
            )
    return organizations


def visible() -> list[str]:
    return list(Site.objects.values_list("name", flat=True))


@pytest.fixture
def two(committed: None) -> tuple[Organization, Organization]:
    return make_sites()


def test_outside_a_transaction_nothing_is_seen_or_written(two: Any) -> None:
    assert visible() == []
    with pytest.raises(transaction.TransactionManagementError):
        set_context(two[0].id)
    with pytest.raises(DatabaseError, match="row-level security"):
        Site.objects.create(organization_id=two[0].id, name="x", zone="UTC", jurisdiction="US-TX")


def test_a_connection_used_again_remembers_nothing(two: Any) -> None:
    with acting_in(two[0].id):
        assert visible() == ["Site of North"]
        first = connection.connection.info.backend_pid
    with transaction.atomic():
        assert connection.connection.info.backend_pid == first
        assert visible() == []
    with pytest.raises(ZeroDivisionError), acting_in(two[0].id):
        _ = 1 / 0
    assert visible() == []


def test_one_context_within_another_comes_back(two: Any) -> None:
    with acting_in(two[0].id):
        with acting_in(two[1].id):
            assert visible() == ["Site of South"]
        assert visible() == ["Site of North"]
        with pytest.raises(ZeroDivisionError), acting_in(two[1].id):
            _ = 1 / 0
        assert visible() == ["Site of North"]


def test_threads_that_work_at_once_see_only_their_own(two: Any) -> None:
    connection.close()

    def work(number: int) -> list[str]:
        organization = two[number % 2]
        found: set[str] = set()
        for _ in range(20):
            with acting_in(organization.id):
                found.update(visible())
        return sorted(found)

    results = run_in_threads(8, work)
    assert [result == [f"Site of {two[number % 2].name}"] for number, result in enumerate(results)] == [
        True
    ] * 8


def test_the_async_edge_does_not_mix_forty_at_once(two: Any) -> None:
    connection.close()

    def read(organization: Organization) -> list[str]:
        try:
            with acting_in(organization.id):
                time.sleep(0.002)
                return visible()
        finally:
            connection.close()

    async def everybody() -> list[list[str]]:
        reader = sync_to_async(read, thread_sensitive=False)
        return await asyncio.gather(*(reader(two[number % 2]) for number in range(CONCURRENT)))

    results = asyncio.run(everybody())
    assert results == [[f"Site of {two[number % 2].name}"] for number in range(CONCURRENT)]


def test_async_reads_without_a_context_see_nothing(two: Any) -> None:
    async def count() -> int:
        return await Site.objects.acount()

    assert async_to_sync(count)() == 0


@job(queue="tests")
def look(organization_id: UUID) -> None:
    _seen.append((organization_id, visible()))


def test_a_job_sees_its_own_organization_and_leaves_nothing_behind(two: Any) -> None:
    _seen.clear()
    look(two[0].id)
    assert visible() == []
    look(two[1].id)
    assert _seen == [(two[0].id, ["Site of North"]), (two[1].id, ["Site of South"])]


class _Opened(Event):
    pass


def test_the_outbox_reacts_inside_the_organization_of_the_fact(two: Any) -> None:
    _seen.clear()

    @subscriber(_Opened)
    def note(event: _Opened) -> None:
        _seen.append((event.organization_id, visible()))

    with acting_in(two[1].id):
        publish(_Opened(organization_id=two[1].id))
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM procrastinate_jobs WHERE args->>'event' LIKE %s", ["%_Opened"])
        ((arguments,),) = cursor.fetchall()
    arguments = json.loads(arguments)
    assert set(arguments) == {"organization_id", "event_id", "occurred_at", "event", "reaction"}
    values = {key: value for key, value in arguments.items() if key != "organization_id"}
    react(UUID(arguments["organization_id"]), **values)
    react(UUID(arguments["organization_id"]), **values)
    assert _seen == [(two[1].id, ["Site of South"])]
    with acting_in(two[0].id):
        assert not Reaction.objects.exists()


class _Counting(BaseCommand):
    requires_system_checks: list[str] = []

    def handle(self, *_: Any, **__: Any) -> str:
        return str(len(visible()))


def test_a_management_command_sees_nothing_until_it_names_an_organization(two: Any) -> None:
    assert _Counting().handle() == "0"
    with acting_in(two[0].id):
        assert _Counting().handle() == "1"


def test_a_reference_to_another_organizations_row_is_refused(people: People) -> None:
    """Checks of foreign keys do not look at walls, so the references carry the organization."""
    patients = {}
    for organization in (people.organization, people.other_organization):
        with acting_in(organization.id):
            patients[organization.id] = Patient.objects.create(
                organization_id=organization.id, family_name="Marsh", birth_date=date(1970, 1, 1), zone="UTC"
            )
    here = {"organization_id": people.organization.id, "token": "marsh"}
    PatientNameToken.objects.create(**here, patient_id=patients[people.organization.id].pk)
    with pytest.raises(IntegrityError, match="same_organization"), transaction.atomic():
        PatientNameToken.objects.create(**here, patient_id=patients[people.other_organization.id].pk)


def contexts(people: People, pid: int) -> dict[str, str]:
    there, later = people.other_organization.id, int(time.time()) + 3600
    genuine = sign(there, None, backend_pid=pid + 1, expires_at=later)
    organization, user, expiry, _ = sign(
        people.organization.id, None, backend_pid=pid, expires_at=later
    ).split("|")
    own_signature = sign(people.organization.id, None, backend_pid=pid, expires_at=later).rsplit("|", 1)[1]
    return {
        "forged": f"{there}||{later}|{'0' * 64}",
        "unsigned": str(there),
        "empty signature": f"{there}||{later}|",
        "of another database session": genuine,
        "expired": sign(there, None, backend_pid=pid, expires_at=int(time.time()) - 1),
        "own signature, other organization": f"{there}|{user}|{expiry}|{own_signature}",
        "longer life": f"{organization}|{user}|{later + 10_000}|{own_signature}",
        "extra part": f"{there}|{user}|{expiry}|{own_signature}|x",
        "not a time": f"{there}|{user}|soon|{own_signature}",
    }


def smuggle(value: str, way: str) -> None:
    """Do as an attacker would who can add to a query."""
    with connection.cursor() as cursor:
        if way == "same statement":
            cursor.execute(
                "SELECT s.name FROM (SELECT set_config(%s, %s, true)) c, tenancy_site s",
                [CONTEXT_SETTING, value],
            )
            return
        if way == "SET LOCAL":
            cursor.execute(f"SET LOCAL {CONTEXT_SETTING} = '{value}'")
        else:
            cursor.execute("SELECT set_config(%s, %s, false)", [CONTEXT_SETTING, value])
        cursor.execute("SELECT name FROM tenancy_site")


@pytest.mark.parametrize(
    "kind",
    [
        "forged",
        "unsigned",
        "empty signature",
        "of another database session",
        "expired",
        "own signature, other organization",
        "longer life",
        "extra part",
        "not a time",
    ],
)
@pytest.mark.parametrize("way", ["set_config", "SET LOCAL", "same statement"])
def test_smuggled_contexts_do_not_hop(people: People, kind: str, way: str) -> None:
    value = contexts(people, connection.connection.info.backend_pid)[kind]
    with pytest.raises(ProgrammingError, match="not genuine"), transaction.atomic():
        smuggle(value, way)
    assert visible() == ["Main Street"]


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE hearthline_owner",
        "SET SESSION AUTHORIZATION hearthline_owner",
        "SELECT key FROM tenancy_signing_key",
        "ALTER TABLE tenancy_site DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE mine (id int)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "COPY tenancy_site TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "TRUNCATE tenancy_site",
        "DROP POLICY own_organization ON tenancy_site",
        "SET session_replication_role = replica",
    ],
)
def test_smuggled_statements_do_not_climb(people: People, statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute(statement)


def test_a_context_resets_at_the_end_even_when_set_for_the_session(two: Any) -> None:
    with connection.cursor() as cursor:
        with acting_in(two[0].id):
            cursor.execute("SELECT current_setting(%s)", [CONTEXT_SETTING])
            value = cursor.fetchone()[0]
        with transaction.atomic():
            cursor.execute("SELECT set_config(%s, %s, true)", [CONTEXT_SETTING, value])
            assert visible() == [
                "Site of North"
            ]  # replayed in the same session and hour: its own organization only
        connection.close()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [CONTEXT_SETTING, value])
        with pytest.raises(ProgrammingError, match="not genuine"), transaction.atomic():
            visible()


def test_notifications_carry_no_names_and_statements_carry_no_values(two: Any) -> None:
    """Another session of the same login sees the text of statements: values travel beside it, never in it."""
    connection.close()
    with owner_connection(connection.settings_dict["NAME"]) as watcher, acting_in(two[0].id):
        list(Site.objects.filter(name="CANARY name"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()")
            assert "CANARY" not in cursor.fetchone()[0]
        assert watcher.closed == 0


def test_an_unknown_organization_is_empty(two: Any) -> None:
    with acting_in(new_id()):
        assert visible() == []
