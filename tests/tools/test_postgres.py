"""Our own PostgreSQL: made privately, its logins weak on purpose, back after a kill, gone when nobody uses it."""

import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tools.postgres import database
from tools.postgres.cluster import Cluster, own_cluster
from tools.postgres.keeper import STOP_SECONDS
from tools.postgres.logins import _read_facts
from tools.project import Problem

PATIENCE_SECONDS = 30.0


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with pytest.MonkeyPatch.context() as patch:
        place = Path(tempfile.mkdtemp(prefix="hl"))
        place.chmod(0o711)
        patch.setenv("HEARTHLINE_STATE_DIR", str(place))
        patch.delenv("DATABASE_URL", raising=False)
        with database.database_up():
            yield own_cluster()
        wait_until(lambda: own_cluster().running_process() is None, STOP_SECONDS)
        shutil.rmtree(place)


def connect(login: str, **changes: Any) -> psycopg.Connection[Any]:
    facts = _read_facts()
    credentials = {**facts["logins"][login], **changes}
    return psycopg.connect(
        host=facts["host"],
        port=facts["port"],
        dbname=facts["name"],
        autocommit=True,
        connect_timeout=5,
        **credentials,
    )


def ask(login: str, query: str, *parameters: Any, **changes: Any) -> list[tuple[Any, ...]]:
    with closing(connect(login, **changes)) as connection:
        cursor = connection.execute(query, parameters or None)
        return cursor.fetchall() if cursor.description else []


def answers() -> bool:
    try:
        connect("app").close()
    except psycopg.OperationalError:
        return False
    return True


def test_no_login_is_more_than_it_has_to_be(cluster: Cluster) -> None:
    rows = ask(
        "app",
        "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication FROM pg_roles "
        "WHERE rolname ~ '^hearthline_' AND rolname <> 'hearthline_superuser'",
    )
    rights = {row[0].removeprefix("hearthline_"): row[1:] for row in rows}
    nothing = (False, False, False, False, False)
    assert rights == {
        **dict.fromkeys(("app", "ops", "ingest", "sealer"), nothing),
        "owner": (False, False, True, False, False),
        "backup": (False, False, False, True, False),
    }


def test_the_application_may_not_make_tables_and_the_owner_may(cluster: Cluster) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask("app", "CREATE TABLE public.mine (id int)")
    ask("owner", "CREATE TABLE public.mine (id int)")
    ask("owner", "DROP TABLE public.mine")


def test_nobody_comes_in_without_the_password_or_over_the_network(cluster: Cluster) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect("app", password="wrong")
    assert ask("app", "SELECT current_setting('listen_addresses')") == [("",)]


def test_files_are_private_and_pages_have_checksums(cluster: Cluster) -> None:
    place = Path(os.environ["HEARTHLINE_STATE_DIR"])
    assert stat.S_IMODE((place / "database.json").stat().st_mode) == 0o600
    for directory in (cluster.directory, cluster.sockets, place / "log"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert ask("app", "SELECT current_setting('data_checksums')") == [("on",)]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 'canary' || (1 / %s::int)",
        "SELECT CAST('canary' || %s AS int)",
        "INSERT INTO named SELECT 'canary' FROM generate_series(1, 2 + %s::int)",
        "DO $$ BEGIN RAISE WARNING 'canary'; RAISE EXCEPTION 'canary'; END $$ -- %s",
    ],
)
def test_what_a_statement_says_never_reaches_the_log(cluster: Cluster, statement: str) -> None:
    ask("owner", "CREATE TABLE IF NOT EXISTS named (name text PRIMARY KEY)")
    with pytest.raises(psycopg.DatabaseError):
        ask("owner", statement.replace("%s", "'0'"))
    log = (Path(os.environ["HEARTHLINE_STATE_DIR"]) / "log" / "postgres.log").read_text()
    assert "ready to accept connections" in log
    assert "canary" not in log


def test_a_second_use_changes_nothing(cluster: Cluster) -> None:
    before = _read_facts()
    with database.database_up():
        assert _read_facts() == before
    assert answers()


def insert_until_it_breaks(owner: psycopg.Connection[Any], kill_at: int, process_id: int) -> int:
    """Insert rows one by one, kill the server on the way, and return how many were acknowledged."""
    number = 0
    while True:
        if number == kill_at:
            os.kill(process_id, signal.SIGKILL)
        try:
            owner.execute("INSERT INTO kept VALUES (%s)", [number])
        except psycopg.OperationalError:
            return number
        number += 1


def test_after_a_kill_the_server_comes_back_with_all_that_was_acknowledged(cluster: Cluster) -> None:
    process_id = cluster.running_process()
    assert process_id is not None
    with closing(connect("owner")) as owner:
        owner.execute("CREATE TABLE kept (id int PRIMARY KEY)")
        acknowledged = insert_until_it_breaks(owner, 200, process_id)
    wait_until(answers)
    assert cluster.running_process() != process_id
    assert acknowledged >= 200
    assert ask("owner", "SELECT count(*) FROM kept WHERE id < %s", acknowledged) == [(acknowledged,)]


def test_after_a_kill_of_the_keeper_the_next_user_finds_a_server(cluster: Cluster) -> None:
    os.kill(keeper_of(cluster), signal.SIGKILL)
    process_id = cluster.running_process()
    assert process_id is not None
    os.kill(process_id, signal.SIGKILL)
    with database.database_up():
        assert answers()


def keeper_of(cluster: Cluster) -> int:
    server = cluster.running_process()
    return int(Path(f"/proc/{server}/stat").read_text().rsplit(")", 1)[1].split()[1])


def test_an_address_that_cannot_be_used_is_told_in_words(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "not an address")
    with pytest.raises(Problem, match="looks like postgresql://"), database.database_up():
        pass
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:wrong@127.0.0.1:1/postgres")
    with pytest.raises(Problem, match="could not be made"), database.database_up():
        pass
