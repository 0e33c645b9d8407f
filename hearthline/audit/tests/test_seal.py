import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from hearthline.audit import checkpoints, sealer
from hearthline.audit.chain import FIELDS
from hearthline.audit.management.commands import run_sealer
from hearthline.audit.services import record
from hearthline.config.state import database_settings
from hearthline.foundation import clock
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.tenancy.context import acting_in
from tests.database import as_login, owner_connection, run_in_threads
from tests.people import make_organization
from tools import verify_audit

ROWS = 12
TABLES = ("audit_auditentry", "audit_auditseal", "audit_auditunsealed")


def write_rows(organization_id: Any, count: int = ROWS) -> None:
    actor = Actor(
        organization_id=organization_id, user_id=new_id(), name="Dr. Ñ عربي", kind="user", origin="::1"
    )
    with acting_in(organization_id):
        for number in range(count):
            record(
                actor,
                "note.read",
                ("note", number),
                patient_id=new_id(),
                reason='a "reason"|\'',
                fields=["b", "a"],
            )


def seal() -> None:
    with as_login("sealer"):
        call_command("run_sealer", "--once")


def database_words() -> str:
    facts = database_settings("backup")
    return psycopg.conninfo.make_conninfo(
        host=facts["HOST"],
        port=facts["PORT"] or None,
        user=facts["USER"],
        password=facts["PASSWORD"],
        dbname=connection.settings_dict["NAME"],
    )


def findings(state: Path) -> list[str]:
    directory = state / "audit"
    known = verify_audit.read_checkpoints(directory, directory / "public.key")
    return verify_audit.verify(verify_audit.database_rows(database_words()), known, now=datetime.now(UTC))[0]


@pytest.fixture
def sealed(committed: None, state: Path) -> Any:
    organization = make_organization("riverbend", "Riverbend")
    other = make_organization("lakeside", "Lakeside")
    write_rows(other.id, 3)
    write_rows(organization.id)
    seal()
    return organization


@pytest.fixture
def attacker(sealed: Any) -> Iterator[psycopg.Connection[Any]]:
    """Somebody with the owner's password, who has put the walls aside."""
    connection.close()
    with owner_connection(connection.settings_dict["NAME"]) as opened:
        for table in TABLES:
            opened.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        yield opened
        for table in TABLES:
            opened.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


def test_seals_every_committed_row_without_gaps_and_is_found_sound(sealed: Any, state: Path) -> None:
    assert findings(state) == []
    write_rows(sealed.id, 4)
    assert findings(state) == []  # young rows may wait
    seal()
    assert findings(state) == []
    with as_login("sealer"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(sequence ORDER BY sequence) FROM audit_auditseal WHERE organization_id = %s",
            [sealed.id],
        )
        assert cursor.fetchone()[0] == list(range(1, ROWS + 5))
        cursor.execute("SELECT count(*) FROM audit_auditunsealed")
        assert cursor.fetchone()[0] == 0


def test_two_sealers_and_many_writers_make_one_gapless_chain(sealed: Any, state: Path) -> None:
    connection.close()
    run_in_threads(4, lambda _: write_rows(sealed.id, 30))
    with as_login("sealer"):
        counts = run_in_threads(3, lambda _: sealer.seal_waiting())
    assert sum(counts) == 120
    seal()
    assert findings(state) == []


def test_a_checkpoint_that_was_cut_short_is_written_again(
    sealed: Any, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = (state / "audit").glob("checkpoints-*.jsonl")
    whole = path.read_bytes()
    for left in (1, 100, 0):
        path.write_bytes(whole + whole[: len(whole) // 3][:left])  # the writer was killed within a line
        monkeypatch.setattr(checkpoints, "_seen", {})  # as in its next start
        write_rows(sealed.id, 1)
        seal()
        assert findings(state) == []
        whole = path.read_bytes()
    assert whole.count(b"\n") == 5


def test_a_row_rolled_back_leaves_no_gap(sealed: Any, state: Path) -> None:
    actor = Actor.system(sealed.id, "test")
    with acting_in(sealed.id):
        record(actor, "note.read", ("note", 1))
        transaction.set_rollback(True)
    write_rows(sealed.id, 1)
    seal()
    assert findings(state) == []


EDITS: dict[str, tuple[str, list[str]]] = {
    "edited": (
        (
            "UPDATE audit_auditentry SET actor_name = 'Nobody' WHERE id = (SELECT id FROM audit_auditseal "
            "WHERE organization_id = %(o)s AND sequence = 5)"
        ),
        ["sequence 5: the row or its place was changed"],
    ),
    "removed": (
        (
            "DELETE FROM audit_auditentry WHERE id = (SELECT id FROM audit_auditseal "
            "WHERE organization_id = %(o)s AND sequence = 7)"
        ),
        ["sequence 7: the row was removed"],
    ),
    "removed with its seal": (
        "DELETE FROM audit_auditseal WHERE organization_id = %(o)s AND sequence = 7",
        ["sequence 7: the seal was removed"],
    ),
    "moved": (
        (
            "UPDATE audit_auditseal SET sequence = 15 - sequence + 1000 WHERE organization_id = %(o)s AND "
            "sequence IN (7, 8); UPDATE audit_auditseal SET sequence = sequence - 1000 WHERE sequence > 1000"
        ),
        [f"sequence {number}: the row or its place was changed" for number in (7, 8, 9)],
    ),
    "tail cut": (
        (
            "WITH gone AS (DELETE FROM audit_auditseal WHERE organization_id = %(o)s AND sequence > 9 RETURNING id) "
            "DELETE FROM audit_auditentry WHERE id IN (SELECT id FROM gone)"
        ),
        ["sequence 10 to 12: the tail was cut"],
    ),
    "everything cut": (
        (
            "WITH gone AS (DELETE FROM audit_auditseal WHERE organization_id = %(o)s RETURNING id) "
            "DELETE FROM audit_auditentry WHERE id IN (SELECT id FROM gone)"
        ),
        ["sequence 1 to 12: the tail was cut"],
    ),
    "added": (
        (
            "ALTER TABLE audit_auditentry DISABLE TRIGGER USER; "
            "INSERT INTO audit_auditentry (id, organization_id, recorded_at, actor_kind, actor_name, actor_roles, "
            "action, outcome, subject_type, subject_id, reason, field_names, origin) "
            "SELECT gen_random_uuid(), organization_id, recorded_at - interval '1 day', actor_kind, 'Dr. Framed', "
            "actor_roles, action, outcome, subject_type, subject_id, reason, field_names, origin "
            "FROM audit_auditentry WHERE organization_id = %(o)s LIMIT 1; "
            "ALTER TABLE audit_auditentry ENABLE TRIGGER USER"
        ),
        ["added without the sealer"],
    ),
}


@pytest.mark.parametrize("kind", list(EDITS))
def test_names_what_was_done_to_the_rows(
    sealed: Any, state: Path, attacker: psycopg.Connection[Any], kind: str
) -> None:
    statements, expected = EDITS[kind]
    for statement in statements.split("; "):
        attacker.execute(statement, {"o": sealed.id} if "%(o)s" in statement else None)
    found = findings(state)
    assert len(found) == len(expected), found
    for finding, words in zip(found, expected, strict=True):
        assert finding.startswith(f"organization {sealed.id}")
        assert words in finding


def test_names_where_a_chain_written_anew_leaves_the_checkpoint(
    sealed: Any, state: Path, attacker: psycopg.Connection[Any]
) -> None:
    attacker.execute("UPDATE audit_auditentry SET action = 'x' WHERE organization_id = %s", [sealed.id])
    attacker.execute("DELETE FROM audit_auditseal WHERE organization_id = %s", [sealed.id])
    attacker.execute(
        "INSERT INTO audit_auditunsealed SELECT id, organization_id FROM audit_auditentry WHERE organization_id = %s",
        [sealed.id],
    )
    with as_login("sealer"):
        sealer.seal_waiting()
    (finding,) = findings(state)
    assert f"sequence {ROWS}: the chain was written anew" in finding


def _forge(content: bytes) -> bytes:
    first, _, rest = content.partition(b"\n")
    statement = json.loads(first)
    statement["sequence"] = 1
    return json.dumps(statement).encode() + b"\n" + rest


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_forge, "line 1: the signature is not genuine"),
        (lambda content: b"\n".join(content.split(b"\n")[1:]), "missing"),
        (lambda content: b"not json\n" + content, "line 1: the signature is not genuine"),
    ],
)
def test_names_a_forged_or_missing_checkpoint(
    sealed: Any, state: Path, change: Callable[[bytes], bytes], words: str
) -> None:
    write_rows(sealed.id, 1)
    seal()
    (path,) = (state / "audit").glob("checkpoints-*.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 3
    path.write_bytes(
        lines[0] + change(b"".join(lines[1:])) if words == "missing" else change(b"".join(lines))
    )
    assert any(words in finding for finding in findings(state))


def test_refuses_to_go_on_in_a_checkpoint_file_that_became_shorter(sealed: Any, state: Path) -> None:
    (path,) = (state / "audit").glob("checkpoints-*.jsonl")
    path.write_bytes(b"")
    write_rows(sealed.id, 1)
    with pytest.raises(OSError, match="become shorter"):
        seal()


def test_checkpoints_go_on_from_month_to_month(sealed: Any, state: Path) -> None:
    write_rows(sealed.id, 2)
    with clock.frozen(datetime.now(UTC) + timedelta(days=40)):
        seal()
    assert len(list((state / "audit").glob("checkpoints-*.jsonl"))) == 2
    assert findings(state) == []
    assert (state / "keys/audit-signing.key").stat().st_mode & 0o777 == 0o400


def test_the_program_exports_verifies_and_says_so(
    sealed: Any, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = state / "export.jsonl"
    where = ["--state", str(state), "--database", database_words()]
    assert verify_audit.main(where) == 0
    assert "15 rows: the audit is sound" in capsys.readouterr().out
    assert verify_audit.main([*where, "--export", str(export)]) == 0
    assert verify_audit.main(["--state", str(state), "--rows", str(export)]) == 0
    export.write_text(export.read_text().replace("note.read", "note.seen", 1))
    assert verify_audit.main(["--state", str(state), "--rows", str(export)]) == 1
    assert "sequence 1: the row or its place was changed" in capsys.readouterr().out
    assert verify_audit.main(["--state", str(state / "nowhere")]) == 2
    assert "could not verify" in capsys.readouterr().err


def test_the_verifier_knows_the_same_fields_as_the_sealer() -> None:
    assert tuple(verify_audit.FIELDS) == FIELDS


def test_the_sealer_may_do_nothing_else(sealed: Any) -> None:
    allowed = {
        "audit_auditentry": "SELECT",
        "audit_auditseal": "INSERT SELECT",
        "audit_auditunsealed": "DELETE SELECT",
        "tenancy_organization": "SELECT",
    }
    with as_login("sealer"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type) "
            "FROM information_schema.role_table_grants WHERE grantee = current_user GROUP BY 1"
        )
        assert dict(cursor.fetchall()) == allowed


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM audit_auditentry",
        "UPDATE audit_auditentry SET action = 'x'",
        "DELETE FROM audit_auditentry",
        "TRUNCATE audit_auditentry",
        "INSERT INTO audit_auditseal SELECT * FROM audit_auditseal",
        "DELETE FROM audit_auditunsealed",
        "SELECT audit_note_reading('{}', NULL)",
    ],
)
def test_the_application_may_only_add(sealed: Any, statement: str) -> None:
    write_rows(sealed.id, 1)
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        acting_in(sealed.id),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_process_seals_until_it_is_told_to_stop(sealed: Any, state: Path) -> None:
    write_rows(sealed.id, 2)
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    with as_login("sealer"):
        run_sealer.run_until(stop)
        assert sealer.seal_waiting() == 0
    assert findings(state) == []


def test_no_row_no_act(committed: None, state: Path) -> None:
    """Where the audit cannot be written, what it would have recorded does not happen."""
    organization = make_organization("riverbend", "Riverbend")
    connection.close()
    with owner_connection(connection.settings_dict["NAME"]) as owner:
        owner.execute("REVOKE INSERT ON audit_auditentry FROM hearthline_app")
        try:
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                write_rows(organization.id, 1)
        finally:
            connection.close()
            owner.execute("GRANT INSERT ON audit_auditentry TO hearthline_app")
