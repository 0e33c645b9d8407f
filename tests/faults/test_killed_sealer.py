"""The sealer is killed while rows come in: each committed row gets its place once, and the chain verifies."""

import threading
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections

from hearthline.audit.services import record
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.tenancy.context import acting_in
from tests.browser.installation import Installation, installed
from tests.database import backup_connection
from tests.people import People
from tools import verify_audit

KILLS = 15
LONGEST_SECONDS = 60
LOOK_SECONDS = 0.02
COUNTS = (
    "SELECT (SELECT count(*) FROM audit_auditseal), (SELECT count(*) FROM audit_auditentry), "
    "(SELECT count(*) FROM audit_auditunsealed)"
)


def counts() -> tuple[int, int, int]:
    """Return how many rows are sealed, are there, and wait."""
    with backup_connection(connection.settings_dict["NAME"]) as everything:
        row: Any = everything.execute(COUNTS).fetchone()
    return row[0], row[1], row[2]


def write(organization_id: UUID, stop: threading.Event, written: list[int]) -> None:
    """Record reads, a few in each transaction, until told to stop."""
    actor = Actor(organization_id=organization_id, user_id=new_id(), name="Dr. Amara Lindqvist")
    try:
        while not stop.is_set():
            with acting_in(organization_id):
                for _ in range(7):
                    record(actor, "note.read", ("note", new_id()), patient_id=new_id())
            written.append(7)
    finally:
        connections.close_all()


def wait_until_more_is_sealed(than: int) -> int:
    deadline = time.monotonic() + LONGEST_SECONDS
    while (sealed := counts()[0]) <= than:
        assert time.monotonic() < deadline, f"{than} rows are sealed and no more"
        time.sleep(LOOK_SECONDS)
    return sealed


def findings(installation: Installation) -> tuple[list[str], int]:
    state = installation.directory / "state"
    known = verify_audit.read_checkpoints(state / "audit", state / "audit" / "public.key")
    words = verify_audit.connection_words(state)
    return verify_audit.verify(verify_audit.database_rows(words), known, now=datetime.now(UTC))


@pytest.mark.slow
def test_a_killed_sealer_leaves_a_sound_chain(committed: None, people: People) -> None:
    stop, written = threading.Event(), list[int]()
    organizations = (people.organization.id, people.other_organization.id)
    before = counts()[1]
    writers = [threading.Thread(target=write, args=(one, stop, written)) for one in organizations]
    with installed(("sealer",)) as installation:
        for writer in writers:
            writer.start()
        try:
            sealed = 0
            for _ in range(KILLS):
                sealed = wait_until_more_is_sealed(sealed)  # it is at work at this moment
                installation.kill("sealer")
                installation.start("sealer")
        finally:
            stop.set()
            for writer in writers:
                writer.join(timeout=30)
        deadline = time.monotonic() + LONGEST_SECONDS
        while counts()[2]:
            assert time.monotonic() < deadline, counts()
            time.sleep(LOOK_SECONDS)
        installation.stop()  # it signs a last checkpoint
        found, rows = findings(installation)
    assert found == []
    assert rows == before + sum(written) == counts()[0]
