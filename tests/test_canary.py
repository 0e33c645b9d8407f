"""Words that stand in clinical fields never leave: not by message, log, queue, audit, or as plain columns.

A patient's story is lived through the services, every clinical field holding its own canary, and the messages that
follow are delivered to a real mail server and SMS gateway. A canary found anywhere outside fails the build.
"""

import logging
from datetime import date
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from hearthline.charting import notes, services
from hearthline.charting.events import SummaryReleased
from hearthline.charting.models import Allergy, EncounterFact, Medication, Note, Problem
from hearthline.charting.tests.conftest import make_practitioner
from hearthline.config.state import database_settings
from hearthline.directory.models import CareRelationship, PatientAccount
from hearthline.foundation import clock
from hearthline.messaging.conversations import start_thread, write
from hearthline.messaging.delivery import deliver_one
from hearthline.messaging.models import Message, Notification, PoolMember, RoutingPool
from hearthline.messaging.tests.stage import NOON, make_reachable, outside_world
from hearthline.tenancy.context import acting_in
from hearthline.web.subscribers import tell_of_summary
from tests.people import People

CANARY = "zanzibar"


def canary(name: str) -> str:
    return f"{CANARY}-{name}"


def live_through(people: People) -> list[SummaryReleased]:
    """Live the story; return the events that reactions wait for."""
    organization_id, actor = people.organization.id, people.physician.actor
    patient = make_reachable(people, language="es", birth_date=date(1958, 3, 4), address=canary("address"))
    PatientAccount.objects.create(organization_id=organization_id, patient=patient, user=people.patient.user)
    practitioner = make_practitioner(people.physician, "Lindqvist")
    CareRelationship.objects.create(
        organization_id=organization_id, patient=patient, practitioner=practitioner, source="manual"
    )
    encounter = services.open_encounter(
        actor=actor, patient=patient, practitioner=practitioner, reason=canary("reason")
    )
    services.record_fact(
        actor=actor, encounter=encounter, kind=EncounterFact.Kind.LOCATION_STATED, detail=canary("place")
    )
    for item in (
        Problem(title=canary("problem")),
        Allergy(substance=canary("allergy"), category="food", reaction=canary("reaction")),
        Medication(name=canary("medicine"), directions=canary("directions")),
    ):
        services.save_item(actor=actor, patient=patient, item=item)
    note = notes.start_note(actor=actor, encounter=encounter)
    sections = {name: canary(name) for name in ("subjective", "objective", "assessment", "plan")}
    note = notes.save_note(actor=actor, note=note, sections=sections, revision=note.revision)
    notes.sign_note(actor=actor, note=note, revision=note.revision)
    notes.add_addendum(actor=actor, note=Note.objects.get(), text=canary("addendum"), idempotency_key=uuid4())
    summary = notes.start_summary(actor=actor, encounter=encounter)
    parts = {name: canary(name) for name in notes.SUMMARY_PARTS}
    summary = notes.save_summary(
        actor=actor, summary=summary, parts=parts, language="es", revision=summary.revision
    )
    told: list[SummaryReleased] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notes, "publish", told.append)
        notes.release_summary(actor=actor, summary=summary)
    pool = RoutingPool.objects.create(
        organization_id=organization_id, name="Nurses", weekdays=[0, 1, 2, 3, 4]
    )
    PoolMember.objects.create(organization_id=organization_id, pool=pool, user=people.nurse.user)
    thread = start_thread(
        actor=people.patient.actor,
        patient=patient,
        pool=pool,
        subject=canary("subject"),
        text=canary("question"),
        key="one",
        author_kind=Message.Author.PATIENT,
    )
    write(
        actor=people.nurse.actor,
        thread=thread,
        text=canary("answer"),
        key="two",
        author_kind=Message.Author.STAFF,
    )
    return told


def tables_with_a_canary() -> list[str]:
    """Look through every column of every table with the login that backups are made with: it sees all rows."""
    facts = database_settings("backup")
    found = []
    with psycopg.connect(
        host=facts["HOST"],
        port=facts["PORT"] or None,
        user=facts["USER"],
        password=facts["PASSWORD"],
        dbname=connection.settings_dict["NAME"],
    ) as backup:
        readable = (
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
            "AND has_table_privilege(quote_ident(schemaname) || '.' || quote_ident(tablename), 'SELECT')"
        )
        for (table,) in backup.execute(readable).fetchall():
            query = sql.SQL("SELECT count(*) FROM {} AS one WHERE one::text ILIKE ANY (%s)")
            wanted = [f"%{CANARY}%", f"%{CANARY.encode().hex()}%"]
            row = backup.execute(query.format(sql.Identifier(table)), [wanted]).fetchone()
            if row and row[0]:
                found.append(str(table))
    return found


def test_no_canary_leaves(committed: None, people: People, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    organization_id = people.organization.id
    with outside_world() as (mail, gateway), clock.frozen(NOON):
        with acting_in(organization_id):
            told = live_through(people)
            for event in told:
                tell_of_summary(event)
            waiting = list(Notification.objects.values_list("id", flat=True))
        assert len(waiting) >= 2
        for notification_id in waiting:
            deliver_one(organization_id, notification_id)
        sent = [str(request) for request in gateway.requests]
        sent += [str(envelope.content) for envelope in mail.received]
    assert sent
    assert CANARY not in "".join(sent)
    assert CANARY not in caplog.text
    assert tables_with_a_canary() == []


def test_the_sweep_would_find_one(committed: None, people: People) -> None:
    with acting_in(people.organization.id):
        people.site.address = canary("planted")
        people.site.save()
    assert tables_with_a_canary() == ["tenancy_site"]
